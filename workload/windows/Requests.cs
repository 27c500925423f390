// Accepts requests on a thread of its own and answers /health there: behind visits that wait for a
// database which is down, a load balancer would give up and have a healthy server replaced.
// C# 5, which is what Windows PowerShell's Add-Type compiles.
using System;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading;

namespace Workload
{
    public sealed class Requests
    {
        const int MostWaiting = 20;
        const string Alive = "{\"status\":\"ok\"}";
        const string Busy = "{\"error\":\"too many requests wait\",\"change\":\"ask again later, or add servers\"}";
        readonly HttpListener listener = new HttpListener();
        readonly BlockingCollection<HttpListenerContext> waiting = new BlockingCollection<HttpListenerContext>(MostWaiting);

        public Requests(string prefix)
        {
            listener.Prefixes.Add(prefix);
            listener.Start();
            new Thread(Accept) { IsBackground = true }.Start();
        }

        // The next request that is about anything else; waits until there is one.
        public HttpListenerContext Next()
        {
            return waiting.Take();
        }

        // A listener that fails ends the process, which the scheduled task starts again.
        void Accept()
        {
            while (true)
            {
                HttpListenerContext context = listener.GetContext();
                bool health = context.Request.HttpMethod == "GET" && context.Request.RawUrl == "/health";
                if (!health && waiting.TryAdd(context)) continue;
                try
                {
                    context.Response.StatusCode = health ? 200 : 503;
                    context.Response.ContentType = "application/json";
                    // Without waiting for the client to take it.
                    context.Response.Close(Encoding.UTF8.GetBytes(health ? Alive : Busy), false);
                }
                catch (Exception)
                {
                    context.Response.Abort(); // a client that hung up
                }
            }
        }
    }
}
