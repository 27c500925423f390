# Starts the service of this server's tier, now and at every start. boot.ps1 runs it: its trap makes
# any failure loud.

if ($env:TIER -notin 'web', 'app') {
    throw "TIER is '$env:TIER': on Windows it must be web or app, for the image has no PostgreSQL"
}
$windows = "$folder\windows"
$data = "$env:ProgramData\Workload"
$scheme = if ($env:TIER -eq 'web') { 'https' } else { 'http' }

$null = New-Item -ItemType Directory -Force -Path $data
# Other users may not read what the service writes.
Invoke-Program icacls @($data, '/inheritance:r', '/grant', '*S-1-5-18:(OI)(CI)F',
    '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-19:(OI)(CI)M')
$settings = [ordered] @{}
foreach ($name in 'REGION', 'LISTEN_PORT', 'UPSTREAM_HOST', 'UPSTREAM_PORT', 'DATA_BUCKET', 'LOG_GROUP') {
    $settings[$name] = [Environment]::GetEnvironmentVariable($name)
}
$settings | ConvertTo-Json | Set-Content -Path "$data\settings.json" -Encoding UTF8

# Windows lets only administrators listen on a port, unless it is set aside for an account: LS.
Invoke-Program netsh @('http', 'add', 'urlacl', "url=${scheme}://+:$env:LISTEN_PORT/",
    'sddl=D:(A;;GX;;;LS)')
if ($env:TIER -eq 'web') {
    # Nobody can vouch for a server inside a private network, so it vouches for itself. Put a load
    # balancer with an ACM certificate in front of web before people use it.
    $certificate = New-SelfSignedCertificate -DnsName $env:COMPUTERNAME `
        -CertStoreLocation Cert:\LocalMachine\My -NotAfter (Get-Date).AddDays(825)
    # disablelegacytls: TLS 1.2 and later only.
    Invoke-Program netsh @('http', 'add', 'sslcert', "ipport=0.0.0.0:$env:LISTEN_PORT",
        "certhash=$($certificate.Thumbprint)", "appid={$(New-Guid)}", 'disablelegacytls=enable')
}
New-NetFirewallRule -DisplayName 'Workload' -Direction Inbound -Protocol TCP `
    -LocalPort $env:LISTEN_PORT -Action Allow | Out-Null

# LOCAL SERVICE: no password, no rights beyond those of a user, nobody in the network.
$task = @{
    Action    = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument (
        "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$windows\$env:TIER.ps1`"")
    Principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\LOCAL SERVICE' `
        -LogonType ServiceAccount
    # Every minute, and ignored while it runs: so it also comes back when it ended.
    Trigger   = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (
        New-TimeSpan -Minutes 1)
    Settings  = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew `
        -ExecutionTimeLimit ([TimeSpan]::Zero)
}
Register-ScheduledTask -TaskName Workload @task | Out-Null
Start-ScheduledTask -TaskName Workload
# curl.exe and not Invoke-WebRequest, which cannot be told to accept the certificate.
Invoke-Retry {
    Invoke-Program curl.exe @('--fail', '--silent', '--show-error', '--insecure',
        "${scheme}://localhost:$env:LISTEN_PORT/health")
}
