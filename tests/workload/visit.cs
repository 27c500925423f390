// What app.ps1 does with PostgreSql.cs: HOST PORT PASSWORD SERVER.
using System;

static class Visit
{
    static int Main(string[] given)
    {
        try
        {
            using (var client = new Workload.PostgreSql(given[0], int.Parse(given[1]), "workload", "workload", given[2]))
            {
                client.Execute("INSERT INTO visits (server) VALUES ($1)", given[3]);
                Console.WriteLine(client.Execute("SELECT count(*) FROM visits"));
                Console.WriteLine(client.Execute("SELECT server FROM visits WHERE server = $1", given[3]));
                return 0;
            }
        }
        catch (Exception error)
        {
            Console.WriteLine(error.GetBaseException().Message);
            return 1;
        }
    }
}
