using System;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>Both transports against real libzmq sockets.</summary>
    internal static class LibzmqTests
    {
        private const int Pub = 1, Router = 6, Xpub = 9;
        private const int LastEndpoint = 32;

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int GetOption(IntPtr socket, int option, byte[] value, ref IntPtr size);

        public static void Add(Suite suite)
        {
            foreach (bool managed in new[] { true, false })
            {
                string name = managed ? "managed" : "libzmq";
                suite.Add("libzmq/publisher: pictures reach a " + name + " subscription", () => Pictures(managed, Xpub));
                suite.Add("libzmq/publisher: a plain PUB and a " + name + " subscription", () => Pictures(managed, Pub));
                suite.Add("libzmq/publisher: a " + name + " subscription that ends", () => Unsubscribed(managed));
                suite.Add("libzmq/router: a " + name + " dealer talks both ways", () => Dealer(managed));
                suite.Add("libzmq/router: a " + name + " dealer outlives a restart", () => Restart(managed));
            }
            suite.Add("libzmq/cost: receiving pictures through libzmq allocates nothing", Costless);
            suite.Add("libzmq/curve: the right keys, a wrong server key, none", Curve);
            suite.Add("libzmq/library: a missing one is said so", Missing);
        }

        /// <summary>A real socket of the other side.</summary>
        private sealed class Peer : IDisposable
        {
            public readonly ZmqLibrary Zmq;
            public readonly IntPtr Handle;
            public readonly int Port;
            private readonly IntPtr _context, _message = Marshal.AllocHGlobal(ZmqLibrary.MessageBytes);

            public Peer(int type, int port = 0, Action<ZmqLibrary, IntPtr> prepare = null)
            {
                try
                {
                    Zmq = ZmqLibrary.Open("");
                }
                catch (UsageException error)
                {
                    throw new Skipped(error.Message);
                }
                _context = Zmq.ContextNew();
                Handle = Zmq.Socket(_context, type);
                Zmq.Set(Handle, ZmqLibrary.LingerOption, 0);
                Zmq.Set(Handle, ZmqLibrary.HeartbeatOption, 1000);
                Zmq.Set(Handle, ZmqLibrary.SendQueueOption, 0);
                if (prepare != null) prepare(Zmq, Handle);
                string place = "tcp://127.0.0.1:" + (port == 0 ? "*" : port.ToString());
                for (int i = 0; Zmq.Bind(Handle, ZmqLibrary.Text(place)) != 0; i++)
                {
                    Check.That(i < 100, "bind: " + Zmq.LastError());
                    Thread.Sleep(50);
                }
                var get = NativeLibrary.Open(new[] { "libzmq.so.5", "libzmq.so", "libzmq.dll", "libzmq.dylib" }).Function<GetOption>("zmq_getsockopt");
                var text = new byte[256];
                var size = (IntPtr)text.Length;
                get(Handle, LastEndpoint, text, ref size);
                string bound = Encoding.ASCII.GetString(text, 0, (int)size - 1);
                Port = int.Parse(bound.Substring(bound.LastIndexOf(':') + 1));
            }

            public void Send(params byte[][] parts)
            {
                for (int i = 0; i < parts.Length; i++)
                {
                    GCHandle pin = GCHandle.Alloc(parts[i], GCHandleType.Pinned);
                    Zmq.Send(Handle, pin.AddrOfPinnedObject(), (IntPtr)parts[i].Length, i + 1 < parts.Length ? ZmqLibrary.SendMore : 0);
                    pin.Free();
                }
            }

            /// <summary>
            /// The parts of the next message, each as hexadecimal, with one space between; null when none comes.
            /// </summary>
            public string Receive(int milliseconds = 20000)
            {
                string shown = null;
                for (int waited = 0; waited < milliseconds; waited += 2)
                {
                    while (true)
                    {
                        Zmq.MessageInit(_message);
                        bool got = Zmq.Receive(_message, Handle, ZmqLibrary.DoNotWait) >= 0;
                        bool more = got && Zmq.MessageMore(_message) != 0;
                        if (got)
                        {
                            var bytes = new byte[(int)Zmq.MessageSize(_message)];
                            if (bytes.Length > 0) Marshal.Copy(Zmq.MessageData(_message), bytes, 0, bytes.Length);
                            shown = (shown == null ? "" : shown + " ") + Hex.Write(bytes);
                        }
                        Zmq.MessageClose(_message);
                        if (!more) break;
                    }
                    if (shown != null) return shown;
                    Thread.Sleep(2);
                }
                return null;
            }

            public void Dispose()
            {
                Zmq.Close(Handle);
                Zmq.ContextTerm(_context);
                Marshal.FreeHGlobal(_message);
            }
        }

        private static ITransport Transport(bool managed)
        {
            return managed ? new ManagedTransport() : (ITransport)new ZmqTransport("", "", "");
        }

        private static byte[][] Picture(ulong seq, int side)
        {
            var header = new Video
            {
                Npc = "mira", Seq = seq, Pts = 1, Origin = "generated", Width = side, Height = side, Stride = 4 * side, Format = "bgra8",
            };
            var payload = new byte[4 * side * side];
            for (int i = 0; i < payload.Length; i += 97) payload[i] = (byte)(seq + (ulong)i);
            return new[] { Topics.Bytes(Topics.Video, "mira"), new HeaderCodec().Write(header), payload };
        }

        private static void Pictures(bool managed, int type)
        {
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            using (var peer = new Peer(type)) Received(managed, peer, inbox, counts, source =>
            {
                source.Subscribe(Topics.Bytes(Topics.Video, "mira"));
                if (type == Xpub) Check.Same("01"
                    + Hex.Write(Topics.Bytes(Topics.Video, "mira")), peer.Receive(), "the subscription");
                else Thread.Sleep(500);
                for (ulong seq = 1; seq <= 60; seq++)
                {
                    peer.Send(Picture(seq, seq % 3 == 0 ? 512 : 5));
                    peer.Send(Topics.Bytes(Topics.Video, "mirabelle"), new byte[1], new byte[1]); // not subscribed to
                    if (type == Pub) Thread.Sleep(2);
                }
                Picture picture = null;
                NpcStreams npc = inbox.Of("mira");
                Check.Soon(() => counts.Messages >= 60, "all pictures");
                Check.That(npc.TakePicture(out picture), "the last");
                Check.Same(60UL, picture.Header.Seq, "seq");
                Check.Same(4 * 512 * 512, picture.Length, "length");
                Check.Same((byte)((60 + 970) % 256), picture.Bytes[970], "bytes");
                Check.Same(0L, counts.Malformed, counts.LastMalformed);
                if (type == Pub) Thread.Sleep(3500); // heartbeats both ways keep the idle connection
                Check.Same(1, source.Connections, "connections");
                Check.That(source.Connected, "connected");
            });
        }

        /// <summary>A receiver for the test's time.</summary>
        private static void Received(bool managed, Peer peer, Inbox inbox, ReceiveCounts counts, Action<ISubscription> test)
        {
            using (ITransport transport = Transport(managed))
            {
                ISubscription source = transport.Subscription("127.0.0.1", peer.Port, 1000, Limits.VideoBytes);
                var receiver = new StreamReceiver("test", source, inbox, counts, () => 0);
                try
                {
                    test(source);
                }
                finally
                {
                    receiver.Stop();
                    receiver.Join(5000);
                }
            }
        }

        private static void Unsubscribed(bool managed)
        {
            using (var peer = new Peer(Xpub)) Received(managed, peer, new Inbox(), new ReceiveCounts(), source =>
            {
                source.Subscribe(Encoding.ASCII.GetBytes("a/"));
                Check.Same("01612f", peer.Receive(), "the subscription");
                source.Subscribe(Encoding.ASCII.GetBytes("b/"));
                Check.Same("01622f", peer.Receive(), "another");
                source.Unsubscribe(Encoding.ASCII.GetBytes("a/"));
                Check.Same("00612f", peer.Receive(), "the end of the first");
            });
        }

        private static void Dealer(bool managed)
        {
            using (var peer = new Peer(Router)) Linked(Transport(managed), peer, link => Talk(link, peer));
        }

        private static void Talk(IControlLink link, Peer peer)
        {
            Check.Soon(() => link.WaitMessage(5) || link.Connected, "connected");
            var large = new byte[300000];
            for (int i = 0; i < large.Length; i++) large[i] = (byte)i;
            Check.That(link.Send(new byte[] { 1, 2, 3 }, 2, large, 100, 70000), "sent");
            var wanted = new byte[70000];
            Array.Copy(large, 100, wanted, 0, 70000);
            string came = Pump(link, peer);
            Check.That(came.EndsWith(" 0102 " + Hex.Write(wanted)), "two parts come: " + came.Substring(0, 40));
            byte[] route = Hex.Read(came.Split(' ')[0]);
            Check.That(link.Send(new byte[] { 9 }, 1, null, 0, 0), "sent");
            Check.Same(Hex.Write(route) + " 09 ", Pump(link, peer), "an empty payload");
            peer.Send(route, new byte[] { 7 }, large);
            Check.Soon(() => link.WaitMessage(50), "an answer");
            int size;
            byte[] buffer = new byte[0];
            Check.That(link.NextPart(out size) && size == 1 && link.ReadPart(ref buffer, size) && buffer[0] == 7, "its first part");
            Check.That(link.NextPart(out size) && size == large.Length && link.ReadPart(ref buffer, size), "its second part");
            for (int i = 0; i < large.Length; i++) Check.That(buffer[i] == (byte)i, "byte " + i);
            Check.That(!link.NextPart(out size), "no third");
        }

        private static string Pump(IControlLink link, Peer peer)
        {
            string came = null;
            Check.Soon(() =>
            {
                link.WaitMessage(1);
                came = peer.Receive(4);
                return came != null;
            }, "a message comes");
            return came;
        }

        private static void Restart(bool managed)
        {
            var first = new Peer(Router);
            Linked(Transport(managed), first, link =>
            {
                Check.Soon(() => link.WaitMessage(5) || link.Connected, "connected");
                Check.Same(1, link.Connections, "connections");
                first.Dispose();
                Check.Soon(() => link.WaitMessage(5) || !link.Connected, "its end is noticed");
                Check.That(!link.Send(new byte[] { 1 }, 1, null, 0, 0), "nothing can be sent");
                using (var second = new Peer(Router, first.Port))
                {
                    Check.Soon(() => link.WaitMessage(5) || link.Connected, "connected again");
                    Check.Same(2, link.Connections, "connections");
                    link.Send(new byte[] { 5 }, 1, null, 0, 0);
                    Check.That(Pump(link, second).EndsWith(" 05 "), "and it talks");
                }
            });
        }

        private static void Costless()
        {
            var counts = new ReceiveCounts { ThreadAllocation = GC.GetAllocatedBytesForCurrentThread };
            using (var peer = new Peer(Xpub)) Received(false, peer, new Inbox(), counts, source =>
            {
                source.Subscribe(Topics.Bytes(Topics.Video, "mira"));
                peer.Receive();
                for (ulong seq = 1; seq <= 300; seq++) peer.Send(Picture(seq, 64));
                Check.Soon(() => counts.Messages >= 300, "all pictures");
                Check.Same(0.0, counts.AllocatedPerPicture, "bytes for each picture received");
            });
        }

        private static void Curve()
        {
            // without an allow-list libzmq takes every key, so that only the handshake is tried here
            const string ServerSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6", ServerPublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
            const string ClientSecret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs", OtherPublic = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
            const int CurveServer = 47;
            using (var peer = new Peer(Router, 0, (zmq, handle) =>
            {
                zmq.Set(handle, CurveServer, 1);
                zmq.Set(handle, ZmqLibrary.CurveSecretOption, ZmqLibrary.Text(ServerSecret));
            }))
            {
                Linked(new ZmqTransport("", ServerPublic, ClientSecret), peer, link =>
                {
                    Check.Soon(() => link.WaitMessage(5) || link.Connected, "the right keys");
                    link.Send(new byte[] { 3 }, 1, null, 0, 0);
                    Check.That(Pump(link, peer).EndsWith(" 03 "), "and it talks");
                });
                Linked(new ZmqTransport("", OtherPublic, ClientSecret), peer, link =>
                {
                    Check.Soon(() => link.WaitMessage(20) || link.Refused, "a wrong server key is told, not: "
                        + link.Trouble);
                    Check.That(!link.Connected, "and not let in");
                });
                Linked(new ManagedTransport(), peer, link =>
                {
                    Check.Soon(() => link.WaitMessage(20) || link.Refused, "a plain client is told");
                    Check.That(link.Trouble.Contains("server key"), "what to do: " + link.Trouble);
                });
            }
        }

        /// <summary>Ends the link and the transport whatever the test finds: libzmq waits for its sockets.</summary>
        private static void Linked(ITransport transport, Peer peer, Action<IControlLink> test)
        {
            IControlLink link = transport.Control("127.0.0.1", peer.Port);
            try
            {
                test(link);
            }
            finally
            {
                link.Abort();
                link.Dispose();
                transport.Dispose();
            }
        }

        private static void Missing()
        {
            try
            {
                ZmqLibrary.Open("/nowhere/libzmq.so");
            }
            catch (UsageException error)
            {
                Check.That(error.Message.Contains("/nowhere/libzmq.so") && error.Message.EndsWith("."), error.Message);
                return;
            }
            throw new CheckFailed("a library that is not there was opened");
        }
    }
}
