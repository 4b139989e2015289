using System;

namespace EchoRuntime.CoreTests
{
    /// <summary>A client of a scripted runtime, and what tests wait for.</summary>
    internal static class TestClient
    {
        internal static EchoClient Of(FakeRuntime runtime)
        {
            return new EchoClient(new EchoOptions { Port = runtime.Port, Client = "tester" });
        }

        internal static void Connected(EchoClient client)
        {
            Check.Soon(() => client.Status == ClientStatus.Connected, "connected, not " + client.Status + ": "
                + client.StatusText);
        }

        internal static Notice Find(EchoClient client, Func<Notice, bool> wanted, string what)
        {
            Notice found = null;
            Check.Soon(() =>
            {
                for (Notice notice = client.TakeNotice(); notice != null && found == null; notice = found == null ? client.TakeNotice() : null)
                {
                    if (wanted(notice)) found = notice;
                }
                return found != null;
            }, what);
            return found;
        }

        internal static int FreePort()
        {
            var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            return port;
        }
    }
}
