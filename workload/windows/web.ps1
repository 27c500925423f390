# The web tier: takes HTTPS from the internet and passes GET requests on to the app tier.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Import-Module "$PSScriptRoot\service.psm1"
Add-Type -AssemblyName System.Net.Http

$upstream = "$((Get-Setting).UPSTREAM_HOST):$((Get-Setting).UPSTREAM_PORT)"
$client = New-Object Net.Http.HttpClient
# Longer than the app tier may take, so that its own message arrives and not ours.
$client.Timeout = New-TimeSpan -Seconds 40

Start-Listening https {
    param([string] $Path)
    try {
        $response = $client.GetAsync("http://$upstream$Path").GetAwaiter().GetResult()
        New-Answer ([int] $response.StatusCode) (
            $response.Content.ReadAsStringAsync().GetAwaiter().GetResult())
    } catch {
        New-Answer 502 @{
            error  = "the app tier at $upstream did not answer: $($_.Exception.GetBaseException().Message)"
            change = 'look at the log of an app server, and at the security groups and network ACLs between web and app'
        }
    }
}
