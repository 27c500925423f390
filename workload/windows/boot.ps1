# User data: runs once, as SYSTEM, at first boot. The stack puts the settings ($env:NAME = 'value')
# in front and all of it between <powershell> tags. It fetches this folder from S3 and runs
# install.ps1.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3

# EC2Launch keeps what is printed (C:\ProgramData\Amazon\EC2Launch\log); the event log keeps it too.
function Write-Event([string] $Message, [string] $Type = 'Information') {
    Write-Output "workload: $Message"
    if (-not [Diagnostics.EventLog]::SourceExists('Workload')) {
        New-EventLog -LogName Application -Source Workload
    }
    Write-EventLog -LogName Application -Source Workload -EventId 1 -EntryType $Type -Message $Message
}

# The line as it is written, not as it is run: values may be secret.
trap {
    $at = $_.InvocationInfo
    Write-Event "FAILED: $($at.ScriptName) line $($at.ScriptLineNumber): $($at.Line.Trim()): $_" Error
    exit 1
}

# For five minutes. Only for what needs time and nothing else, such as a new role.
function Invoke-Retry([scriptblock] $Command) {
    for ($attempt = 1; $attempt -lt 60; $attempt++) {
        try { return & $Command } catch { Start-Sleep -Seconds 5 }
    }
    & $Command
}

# Programs report failure by their exit code, which PowerShell does not look at.
function Invoke-Program([string] $Name, [string[]] $Arguments) {
    & $Name @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Name ended with exit code $LASTEXITCODE" }
}

foreach ($name in 'TIER', 'REGION', 'WORKLOAD_BUCKET', 'WORKLOAD_KEY', 'LISTEN_PORT') {
    if (-not [Environment]::GetEnvironmentVariable($name)) {
        throw "$name is not set: the user data must set it in front of this"
    }
}

$folder = "$env:ProgramFiles\Workload"
$null = New-Item -ItemType Directory -Force -Path $folder
# Credentials of a new instance profile can take a minute to arrive.
Invoke-Retry {
    Read-S3Object -BucketName $env:WORKLOAD_BUCKET -Key $env:WORKLOAD_KEY -Region $env:REGION `
        -File "$folder\workload.zip"
} | Out-Null
Expand-Archive -Force -Path "$folder\workload.zip" -DestinationPath $folder

. "$folder\windows\install.ps1"
Write-Event "the $env:TIER tier is ready"
