// What service.psm1 does with Requests.cs: PORT. A request of /busy is never done.
using System;
using System.Net;
using System.Text;
using System.Threading;

static class Requests
{
    static void Main(string[] given)
    {
        var requests = new Workload.Requests("http://127.0.0.1:" + given[0] + "/");
        while (true)
        {
            HttpListenerContext context = requests.Next();
            if (context.Request.RawUrl == "/busy") Thread.Sleep(Timeout.Infinite);
            context.Response.Close(Encoding.UTF8.GetBytes("\"" + context.Request.RawUrl + "\""), false);
        }
    }
}
