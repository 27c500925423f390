// The smallest client of PostgreSQL that the app needs: TLS, SCRAM-SHA-256 with channel binding,
// statements with parameters. Windows carries no driver, and nothing may be downloaded at boot.
// C# 5, which is what Windows PowerShell's Add-Type compiles.
// https://www.postgresql.org/docs/17/protocol.html, RFC 5802, RFC 7677, RFC 5929.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Workload
{
    public sealed class PostgreSql : IDisposable
    {
        const int TimeoutMilliseconds = 5000; // others wait meanwhile
        const int ProtocolVersion = 196608; // 3.0
        const int TlsRequest = 80877103;
        readonly TcpClient tcp = new TcpClient();
        readonly SslStream tls;

        public PostgreSql(string host, int port, string database, string user, string password)
        {
            try
            {
                if (!tcp.ConnectAsync(host, port).Wait(TimeoutMilliseconds))
                    throw new IOException("no connection to " + host + ":" + port + " in time");
                tcp.ReceiveTimeout = tcp.SendTimeout = TimeoutMilliseconds;
                NetworkStream plain = tcp.GetStream();
                plain.Write(Join(Number(8), Number(TlsRequest)), 0, 8);
                if (plain.ReadByte() != 'S')
                    throw new IOException("the database does not offer TLS");
                // Any certificate: SCRAM with channel binding proves below that whoever holds it
                // also knows the password, which needs no certificate authority.
                tls = new SslStream(plain, false, (sender, certificate, chain, errors) => true);
                tls.AuthenticateAsClient(host, null, SslProtocols.Tls12, false);
                Start(database, user, password);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            if (tls != null) tls.Dispose();
            tcp.Close();
        }

        // Runs one statement; $1, $2 ... stand for `parameters`, which are never part of its text.
        // Returns the first column of the last row, or null.
        public string Execute(string statement, params string[] parameters)
        {
            byte[] values = Join(parameters.Select(value => Sized(Encoding.UTF8.GetBytes(value))).ToArray());
            Send('P', Text(""), Text(statement), Short(0));
            Send('B', Text(""), Text(""), Short(0), Short(parameters.Length), values, Short(0));
            Send('E', Text(""), Number(0));
            Send('S');
            string result = null;
            while (true)
            {
                Message message = Receive();
                if (message.Type == 'Z') return result; // ready for the next statement
                if (message.Type == 'D') result = message.FirstColumn();
            }
        }

        void Start(string database, string user, string password)
        {
            byte[] settings = Join(Number(ProtocolVersion), Text("user"), Text(user), Text("database"), Text(database), new byte[1]);
            Write(Join(Number(settings.Length + 4), settings));
            // Only this kind of proof: a server that asks for the password itself gets nothing.
            string offered = Encoding.ASCII.GetString(Authentication(10));
            if (!offered.Split('\0').Contains("SCRAM-SHA-256-PLUS"))
                throw new AuthenticationException("the database does not offer SCRAM-SHA-256-PLUS");

            string nonce = Convert.ToBase64String(Random(18));
            string first = "n=,r=" + nonce;
            byte[] header = Encoding.ASCII.GetBytes("p=tls-server-end-point,,");
            Send('p', Text("SCRAM-SHA-256-PLUS"), Sized(Join(header, Encoding.ASCII.GetBytes(first))));

            string challenge = Encoding.ASCII.GetString(Authentication(11));
            Dictionary<string, string> given = challenge.Split(',').ToDictionary(part => part.Substring(0, 1), part => part.Substring(2));
            if (!given["r"].StartsWith(nonce, StringComparison.Ordinal))
                throw new AuthenticationException("the database did not answer our challenge");
            byte[] certificate = tls.RemoteCertificate.GetRawCertData();
            string last = "c=" + Convert.ToBase64String(Join(header, Sha256(certificate))) + ",r=" + given["r"];
            byte[] transcript = Encoding.ASCII.GetBytes(first + "," + challenge + "," + last);
            byte[] salted = new Rfc2898DeriveBytes(
                Encoding.UTF8.GetBytes(password), Convert.FromBase64String(given["s"]), int.Parse(given["i"]), HashAlgorithmName.SHA256).GetBytes(32);
            byte[] key = Hmac(salted, Encoding.ASCII.GetBytes("Client Key"));
            byte[] proof = key.Zip(Hmac(Sha256(key), transcript), (a, b) => (byte)(a ^ b)).ToArray();
            Send('p', Encoding.ASCII.GetBytes(last + ",p=" + Convert.ToBase64String(proof)));

            // The other half: the server proves that it knows the password, for this certificate.
            byte[] expected = Hmac(Hmac(salted, Encoding.ASCII.GetBytes("Server Key")), transcript);
            if (Encoding.ASCII.GetString(Authentication(12)) != "v=" + Convert.ToBase64String(expected))
                throw new AuthenticationException("the database does not know the password");
            Authentication(0);
            while (Receive().Type != 'Z') { }
        }

        // The content of the next message, which must be the authentication message `kind`.
        byte[] Authentication(int kind)
        {
            Message message = Receive();
            if (message.Type != 'R' || message.Int32(0) != kind)
                throw new AuthenticationException("the database asked for another authentication than SCRAM");
            return message.Content.Skip(4).ToArray();
        }

        Message Receive()
        {
            byte[] head = Read(5);
            Message message = new Message { Type = (char)head[0] };
            message.Content = Read(BitConverter.ToInt32(head.Skip(1).Reverse().ToArray(), 0) - 4);
            if (message.Type == 'E')
                throw new IOException("the database answered: " + message.ErrorText());
            return message;
        }

        byte[] Read(int length)
        {
            byte[] content = new byte[length];
            for (int got = 0; got < length;)
            {
                int count = tls.Read(content, got, length - got);
                if (count == 0) throw new IOException("the database closed the connection");
                got += count;
            }
            return content;
        }

        void Send(char type, params byte[][] parts)
        {
            byte[] content = Join(parts);
            Write(Join(new[] { (byte)type }, Number(content.Length + 4), content));
        }

        void Write(byte[] content)
        {
            tls.Write(content, 0, content.Length);
        }

        static byte[] Join(params byte[][] parts) { return parts.SelectMany(part => part).ToArray(); }
        static byte[] Number(int value) { return BitConverter.GetBytes(IPAddress.HostToNetworkOrder(value)); }
        static byte[] Short(int value) { return BitConverter.GetBytes(IPAddress.HostToNetworkOrder((short)value)); }
        static byte[] Text(string value) { return Encoding.UTF8.GetBytes(value + "\0"); }
        static byte[] Sized(byte[] value) { return Join(Number(value.Length), value); }

        static byte[] Sha256(byte[] value)
        {
            using (SHA256 hash = SHA256.Create()) return hash.ComputeHash(value);
        }

        static byte[] Hmac(byte[] key, byte[] value)
        {
            using (HMACSHA256 hmac = new HMACSHA256(key)) return hmac.ComputeHash(value);
        }

        static byte[] Random(int length)
        {
            byte[] value = new byte[length];
            using (RandomNumberGenerator generator = RandomNumberGenerator.Create()) generator.GetBytes(value);
            return value;
        }

        sealed class Message
        {
            public char Type;
            public byte[] Content;

            public int Int32(int offset)
            {
                return IPAddress.NetworkToHostOrder(BitConverter.ToInt32(Content, offset));
            }

            public string FirstColumn()
            {
                int length = Int32(2); // after the number of columns; -1 stands for NULL
                return length < 0 ? null : Encoding.UTF8.GetString(Content, 6, length);
            }

            public string ErrorText()
            {
                return string.Join(" ", Encoding.UTF8.GetString(Content).Split('\0').Where(field => field.StartsWith("M") || field.StartsWith("C")).Select(field => field.Substring(1)));
            }
        }
    }
}
