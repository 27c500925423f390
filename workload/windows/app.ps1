# The app tier: lists the account's buckets, counts the visit in the database, leaves a note. It has
# no key: the role of this server gives it short-lived credentials.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Import-Module "$PSScriptRoot\service.psm1"
Add-Type -Path "$PSScriptRoot\PostgreSql.cs" -ReferencedAssemblies System.Core

$settings = Get-Setting
$database = "$($settings.UPSTREAM_HOST):$($settings.UPSTREAM_PORT)"

# What to change when one of the steps below fails.
$changes = @{
    role     = "attach the app tier's instance profile to this instance"
    buckets  = "allow s3:ListAllMyBuckets in the app tier's role and the endpoint's policy; check the S3 gateway endpoint and its route"
    password = "wait until a db server has booted and look at its console output; then check that the app tier's role may s3:GetObject db/password and use the bucket's key"
    database = 'look at the log of a db server, and at the security groups and network ACLs between app and db'
    note     = "allow s3:GetObject and s3:PutObject on app/* in the app tier's role and the endpoint's policy, and the use of the bucket's key"
}

function Read-Text([string] $Key, [hashtable] $Access) {
    $file = New-TemporaryFile
    try {
        Read-S3Object @Access -BucketName $settings.DATA_BUCKET -Key $Key -File $file.FullName | Out-Null
        Get-Content -Raw -Path $file.FullName
    } finally { Remove-Item $file }
}

function Add-Visit([string] $Password, [string] $Server) {
    $client = New-Object Workload.PostgreSql -ArgumentList @(
        $settings.UPSTREAM_HOST, $settings.UPSTREAM_PORT, 'workload', 'workload', $Password)
    try {
        $null = $client.Execute('INSERT INTO visits (server) VALUES ($1)', @($Server))
        [long] $client.Execute('SELECT count(*) FROM visits', @())
    } finally { $client.Dispose() }
}

function Switch-Note([hashtable] $Note, [hashtable] $Access) {
    # The first visit finds none. S3 then answers 403, not 404, when the role may not list the bucket.
    try { $previous = Read-Text app/last-visit.json $Access | ConvertFrom-Json } catch { $previous = $null }
    Write-S3Object @Access -BucketName $settings.DATA_BUCKET -Key app/last-visit.json `
        -Content (ConvertTo-Json -Compress -InputObject $Note)
    $previous
}

Start-Listening http {
    param([string] $Path)
    $step = 'role'
    try {
        $access = @{ Region = $settings.REGION; Credential = Get-RoleCredential }
        $step = 'buckets'
        $buckets = @(Get-S3Bucket @access | ForEach-Object { $_.BucketName })
        $step = 'password'
        $password = (Read-Text db/password $access).Trim()
        $step = 'database'
        $visits = Add-Visit $password $env:COMPUTERNAME
        $step = 'note'
        $now = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss+00:00')
        $previous = Switch-Note @{ at = $now; server = $env:COMPUTERNAME } $access
        New-Answer 200 ([ordered] @{
                buckets = $buckets; visits = $visits; previous_visit = $previous
                server = $env:COMPUTERNAME; operating_system = 'windows'
            })
    } catch {
        $what = if ($step -eq 'database') { "the database at $database did not take the visit" } else { "$step" }
        New-Answer 503 @{
            error  = "${what}: $($_.Exception.GetBaseException().Message)"
            change = $changes[$step]
        }
    }
}
