using System;
using System.Diagnostics;
using System.Threading;
using static EchoRuntime.CoreTests.TestClient;

namespace EchoRuntime.CoreTests
{
    /// <summary>A client ends quickly from any state, over either transport, and leaves nothing behind.</summary>
    internal static class EndTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("client/libzmq: a session, another run, and the end", OverLibzmq);
            suite.Add("client/end: from any state within 200 ms", Ends);
            suite.Add("client/end: forty clients leave no threads", NoThreads);
        }

        private static void OverLibzmq()
        {
            Func<int, EchoClient> make = port =>
            {
                try
                {
                    return new EchoClient(new EchoOptions { Port = port, Client = "tester", Transport = TransportKind.Libzmq });
                }
                catch (UsageException error)
                {
                    throw new Skipped(error.Message);
                }
            };
            End("nobody there", () => make(FreePort()), 50);
            using (var runtime = new FakeRuntime())
            {
                End("connected", () =>
                {
                    int opened = runtime.Count("open_npc"), streams = runtime.VideoConnections;
                    EchoClient client = make(runtime.Port);
                    client.Open("mira");
                    Connected(client);
                    Check.Soon(() => runtime.Count("open_npc") == opened + 1 && runtime.VideoConnections == streams + 1, "opened");
                    PendingCommand command = client.Begin(new Stats());
                    Check.That(command.Wait(20000) && command.Succeeded, "a command: " + command.Code);
                    runtime.Run += "2";
                    runtime.Tell(new ErrorReply { Code = "no_session", Text = "Say HELLO first." });
                    Check.Soon(() => runtime.Count("open_npc") == opened + 2 && runtime.VideoConnections == streams + 2, "the other run");
                    Connected(client);
                    return client;
                }, 100);
                Check.Soon(() => runtime.Count("bye") >= 1, "it says goodbye");
            }
        }

        private static void Ends()
        {
            End("nobody there", () => new EchoClient(new EchoOptions { Port = FreePort() }), 30);
            End("an address that swallows everything", () => new EchoClient(new EchoOptions { Host = "192.0.2.1", InsecureLan = true }), 200);
            using (var mute = new FakePeer((self, stream) => Thread.Sleep(5000)))
            {
                End("a peer that never greets", () => new EchoClient(new EchoOptions { Port = mute.Port }), 200);
            }
            using (var runtime = new FakeRuntime())
            {
                Func<EchoClient> connected = () =>
                {
                    EchoClient client = Of(runtime);
                    client.Open("mira");
                    Connected(client);
                    return client;
                };
                End("connected", connected, 0);
                Check.Soon(() => runtime.Count("bye") >= 1, "it says goodbye");
                End("connected for a while", connected, 300);
            }
        }

        private static void End(string what, Func<EchoClient> make, int after)
        {
            long least = long.MaxValue;
            // a busy machine may keep a thread waiting, but what is slow by itself is slow every time
            for (int tries = 0; tries < 5 && least > 200; tries++)
            {
                EchoClient client = make();
                Thread.Sleep(after);
                Stopwatch watch = Stopwatch.StartNew();
                client.Dispose();
                least = Math.Min(least, watch.ElapsedMilliseconds);
                client.Dispose();
                Check.Same(ClientStatus.Closed, client.Status, what);
            }
            Check.That(least <= 200, what + ": the end took " + least + " ms at best");
        }

        private static void NoThreads()
        {
            using (var runtime = new FakeRuntime())
            {
                int before = 0;
                for (int i = 0; i < 40; i++)
                {
                    EchoClient client = Of(runtime);
                    if (i % 3 == 0) Connected(client);
                    client.Dispose();
                    if (i == 10) before = Process.GetCurrentProcess().Threads.Count;
                }
                int after = 0;
                Check.Soon(() => (after = Process.GetCurrentProcess().Threads.Count) <= before + 10, "threads end; "
                    + before + " before, " + after + " after");
            }
        }
    }
}
