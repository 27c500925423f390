# What both services share: settings, log, and a loop that answers GET requests in JSON. One request
# at a time, which is enough for a sample; web waits while app works. /health waits for nothing.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Add-Type -Path "$PSScriptRoot\Requests.cs"

$data = "$env:ProgramData\Workload"
$settings = Get-Content -Raw -Path "$data\settings.json" | ConvertFrom-Json
$started = (Get-Date).ToUniversalTime().ToString('yyyy-MM-dd-HH-mm-ss')
$stream = "$env:COMPUTERNAME/service/$started"
$streamExists = $false

function Get-Setting { $settings }

# The role of this server and no other credentials: by default the AWS Tools would take keys from
# environment variables and profiles first, and nobody would notice.
function Get-RoleCredential {
    $null = Get-Command Get-S3Bucket # loads the AWS Tools, as a module or as modules
    try { New-Object Amazon.Runtime.InstanceProfileAWSCredentials } catch {
        throw 'this server has none: the instance metadata service gives no credentials'
    }
}

# To a file, and to CloudWatch Logs when a log group is set. Nothing that fails here stops an answer.
function Write-Log([string] $Message) {
    $file = "$data\service.log"
    if ((Test-Path $file) -and (Get-Item $file).Length -gt 50mb) {
        Move-Item -Force -Path $file -Destination "$file.1"
    }
    "$((Get-Date).ToUniversalTime().ToString('o')) $Message" | Add-Content -Path $file
    if (-not $settings.LOG_GROUP) { return }
    try {
        $target = @{
            LogGroupName = $settings.LOG_GROUP; LogStreamName = $stream
            Region = $settings.REGION; Credential = Get-RoleCredential
        }
        if (-not $script:streamExists) {
            New-CWLLogStream @target
            $script:streamExists = $true
        }
        $entry = New-Object Amazon.CloudWatchLogs.Model.InputLogEvent
        $entry.Timestamp = (Get-Date).ToUniversalTime()
        $entry.Message = $Message
        Write-CWLLogEvent @target -LogEvent $entry | Out-Null
    } catch {
        "not shipped to $($settings.LOG_GROUP): $_" | Add-Content -Path $file
    }
}

# The answer to one request: a status, and an object (sent as JSON) or text (sent as it is).
function New-Answer([int] $Status, $Content) {
    @{ Status = $Status; Content = $Content }
}

# $Answer gets the path of a GET request. Requests.cs answers /health.
function Start-Listening([string] $Scheme, [scriptblock] $Answer) {
    $requests = New-Object Workload.Requests -ArgumentList "${Scheme}://+:$($settings.LISTEN_PORT)/"
    while ($true) {
        $context = $requests.Next()
        $request = $context.Request
        try {
            $result = if ($request.HttpMethod -ne 'GET') {
                New-Answer 501 @{ error = 'only GET is supported'; change = 'use GET' }
            } else {
                & $Answer $request.Url.PathAndQuery
            }
            $text = $result.Content
            if ($text -isnot [string]) { $text = ConvertTo-Json -Compress -InputObject $text }
            $body = [Text.Encoding]::UTF8.GetBytes($text)
            $context.Response.StatusCode = $result.Status
            $context.Response.ContentType = 'application/json'
            $context.Response.OutputStream.Write($body, 0, $body.Length)
            $context.Response.Close()
            Write-Log "$($request.RemoteEndPoint.Address) GET $($request.Url.PathAndQuery) $($result.Status)"
        } catch {
            # A visitor who hangs up must not end the service.
            Write-Log "a request failed: $_"
            $context.Response.Abort()
        }
    }
}

Export-ModuleMember -Function @(
    'Get-Setting', 'Get-RoleCredential', 'Write-Log', 'New-Answer', 'Start-Listening')
