using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>The managed ZMTP client against peers that behave, and against ones that do not.</summary>
    internal static class ZmtpTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("zmtp/handshake: subscriptions as commands for 3.1, as messages for 3.0", Subscriptions);
            suite.Add("zmtp/heartbeat: a ping is answered, and pings are sent", Heartbeats);
            suite.Add("zmtp/heartbeat: a silent peer is given up after three seconds", Silent);
            suite.Add("zmtp/reconnect: a peer that comes late or again is found", Reconnects);
            suite.Add("zmtp/frames: split, joined and long ones", Frames);
            suite.Add("zmtp/hostile: handshakes that are none", HostileHandshakes);
            suite.Add("zmtp/hostile: frames that claim, lie and never end", HostileFrames);
            suite.Add("zmtp/hostile: a part that is announced is not allocated", Claims);
            suite.Add("zmtp/hostile: random bytes", RandomBytes);
            suite.Add("zmtp/end: closing from any state takes no time", Ends);
            suite.Add("zmtp/cost: receiving pictures allocates nothing", Costless);
        }

        private static StreamReceiver Receiver(FakePeer peer, Inbox inbox, ReceiveCounts counts)
        {
            var source = new ZmtpSubscription("127.0.0.1", peer.Port, Limits.VideoBytes);
            source.Subscribe(Topics.Bytes(Topics.Video, "mira"));
            return new StreamReceiver("test", source, inbox, counts, () => 0);
        }

        private static void End(StreamReceiver receiver)
        {
            receiver.Stop();
            receiver.Join(3000);
        }

        private static void Subscriptions()
        {
            foreach (int minor in new[] { 0, 1 })
            {
                var seen = new List<string>();
                using (var peer = new FakePeer((self, stream) =>
                {
                    byte[] ready = FakePeer.ShakeHands(stream, minor);
                    lock (seen) seen.Add(Zmtp.SocketType(ready, 6, ready.Length));
                    while (true)
                    {
                        int flags;
                        byte[] frame = FakePeer.ReadFrame(stream, out flags);
                        if (frame.Length > 4 && frame[0] == 4) continue; // a ping
                        lock (seen) seen.Add(flags
                            + Encoding.ASCII.GetString(frame).Replace("\x09", "<").Replace("\x06", ">").Replace("\x01", "+").Replace("\x00", "-"));
                    }
                }))
                {
                    StreamReceiver receiver = Receiver(peer, new Inbox(), new ReceiveCounts());
                    Check.Soon(() => Count(seen) >= 2, "the subscription arrives");
                    receiver.Source.Subscribe(Topics.Bytes(Topics.Video, "bob"));
                    Check.Soon(() => Count(seen) >= 3, "another one");
                    receiver.Source.Unsubscribe(Topics.Bytes(Topics.Video, "mira"));
                    Check.Soon(() => Count(seen) >= 4, "and the end of the first");
                    End(receiver);
                }
                string expected = minor == 0 ? "SUB|0+video/mira/|0+video/bob/|0-video/mira/"
                    : "SUB|4<SUBSCRIBEvideo/mira/|4<SUBSCRIBEvideo/bob/|4>CANCELvideo/mira/";
                Check.Same(expected, string.Join("|", seen.ToArray()), "ZMTP 3." + minor);
            }
        }

        private static int Count(List<string> list)
        {
            lock (list) return list.Count;
        }

        private static void Heartbeats()
        {
            var answers = new List<string>();
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                FakePeer.Write(stream, Zmtp.CommandFrame("PING", new byte[] { 0, 10, 7, 8, 9 }));
                FakePeer.Write(stream, Zmtp.CommandFrame("PING", new byte[] { 0, 10 }));
                FakePeer.Write(stream, Zmtp.CommandFrame("NEWER", new byte[] { 1 }));
                while (true)
                {
                    int flags;
                    byte[] frame = FakePeer.ReadFrame(stream, out flags);
                    lock (answers) answers.Add(Encoding.ASCII.GetString(frame, 1, frame[0]) + (frame.Length - 1 - frame[0]));
                }
            }))
            {
                StreamReceiver receiver = Receiver(peer, new Inbox(), new ReceiveCounts());
                Check.Soon(() => { lock (answers) return answers.Contains("PONG3") && answers.Contains("PONG0"); }, "pongs");
                Check.Soon(() => { lock (answers) return answers.Contains("PING2"); }, "our own ping");
                Check.Same(1, peer.Accepted, "connections");
                End(receiver);
            }
        }

        private static void Silent()
        {
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                while (!self.Stopping) Thread.Sleep(20);
            }))
            {
                StreamReceiver receiver = Receiver(peer, new Inbox(), new ReceiveCounts());
                Check.Soon(() => receiver.Source.Connected, "connected");
                Stopwatch watch = Stopwatch.StartNew();
                Check.Soon(() => peer.Accepted >= 2, "it connects anew");
                Check.That(watch.ElapsedMilliseconds > 2000, "not before three seconds: " + watch.ElapsedMilliseconds
                    + " ms");
                End(receiver);
            }
        }

        private static void Reconnects()
        {
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            int round = 0;
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                int flags;
                FakePeer.ReadFrame(stream, out flags);
                ulong seq = (ulong)Interlocked.Increment(ref round);
                FakePeer.Picture(stream, "mira", seq, 4);
                FakePeer.Frame(stream, Zmtp.More, Topics.Bytes(Topics.Video, "mira")); // and dies in the middle of a message
            }))
            {
                StreamReceiver receiver = Receiver(peer, inbox, counts);
                Check.Soon(() => counts.Messages >= 4 && round >= 3, "it comes back each time");
                Picture picture;
                Check.Soon(() => inbox.Of("mira").TakePicture(out picture) && picture.Header.Seq >= 3, "with its pictures");
                Check.Same(0L, counts.Malformed, counts.LastMalformed);
                End(receiver);
            }
        }

        private static void Frames()
        {
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                var whole = new MemoryStream();
                for (ulong seq = 1; seq <= 40; seq++)
                {
                    FakePeer.Picture(whole, "mira", seq, seq % 7 == 0 ? 300 : (int)(1 + seq % 5));
                    FakePeer.Write(whole, Zmtp.CommandFrame("PING", new byte[] { 0, 30 }));
                }
                byte[] bytes = whole.ToArray();
                var random = new Random(11);
                for (int at = 0; at < bytes.Length;)
                {
                    int size = Math.Min(bytes.Length - at, random.Next(3) == 0 ? random.Next(1, 20) : random.Next(1, 60000));
                    stream.Write(bytes, at, size);
                    at += size;
                }
                while (!self.Stopping) Thread.Sleep(20);
            }))
            {
                StreamReceiver receiver = Receiver(peer, inbox, counts);
                Check.Soon(() => counts.Messages >= 40, "all pictures");
                long received, taken, lost, outdated;
                inbox.Of("mira").Counts(out received, out taken, out lost, out outdated);
                Check.Same(40L, received, "received");
                Check.Same(0L, lost, "lost");
                Picture picture;
                Check.That(inbox.Of("mira").TakePicture(out picture), "the last");
                for (int i = 0; i < picture.Length; i++) Check.That(picture.Bytes[i] == (byte)(40 + i), "byte " + i);
                End(receiver);
            }
        }

        /// <summary>After each bad connection a good one must come through.</summary>
        private static void Survives(string what, Action<Stream> bad)
        {
            var inbox = new Inbox();
            int round = 0;
            using (var peer = new FakePeer((self, stream) =>
            {
                if (Interlocked.Increment(ref round) == 1)
                {
                    bad(stream);
                    Thread.Sleep(100);
                    return;
                }
                FakePeer.ShakeHands(stream);
                FakePeer.Picture(stream, "mira", 1000, 2);
                while (!self.Stopping) Thread.Sleep(20);
            }))
            {
                StreamReceiver receiver = Receiver(peer, inbox, new ReceiveCounts());
                Picture picture;
                Check.Soon(() => inbox.Of("mira").TakePicture(out picture) && picture.Header.Seq == 1000, what);
                End(receiver);
            }
        }

        private static void HostileHandshakes()
        {
            Survives("HTTP", stream => FakePeer.Write(stream, Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n"
                + new string('x', 100))));
            Survives("nothing", stream => { });
            Survives("half a greeting", stream => stream.Write(FakePeer.Greeting(), 0, 30));
            Survives("an unknown mechanism", stream => FakePeer.Write(stream, FakePeer.Greeting(1, "MAGIC")));
            Survives("CURVE", stream => FakePeer.Write(stream, FakePeer.Greeting(1, "CURVE")));
            Survives("another type of socket", stream => FakePeer.ShakeHands(stream, 1, "ROUTER"));
            Survives("a message for READY", stream =>
            {
                FakePeer.Write(stream, FakePeer.Greeting());
                FakePeer.Frame(stream, 0, 1, 2, 3);
            });
            Survives("READY that claims more than it has", stream =>
            {
                FakePeer.Write(stream, FakePeer.Greeting());
                FakePeer.Write(stream, Zmtp.CommandFrame("READY", new byte[] { 11, 83, 111, 255, 255, 255, 255 }));
            });
            Survives("ERROR", stream =>
            {
                FakePeer.Write(stream, FakePeer.Greeting());
                FakePeer.Write(stream, Zmtp.CommandFrame("ERROR", Encoding.ASCII.GetBytes("\x05" + "no \x01!")));
            });
            Survives("a command of 4 GiB", stream =>
            {
                FakePeer.Write(stream, FakePeer.Greeting());
                FakePeer.Write(stream, new byte[] { 6, 0, 0, 0, 1, 0, 0, 0, 0 });
            });
        }

        private static void HostileFrames()
        {
            Survives("unknown flags", stream => Bad(stream, new byte[] { 0x08, 1, 0 }));
            Survives("2^63 bytes", stream => Bad(stream, new byte[] { 2, 0x80, 0, 0, 0, 0, 0, 0, 0 }));
            Survives("2^62 bytes", stream => Bad(stream, new byte[] { 2, 0x40, 0, 0, 0, 0, 0, 0, 0 }));
            Survives("one byte above the limit", stream => Bad(stream, new byte[] { 2, 0, 0, 0, 0, 4, 0, 0, 1 }));
            Survives("a command of many frames", stream => Bad(stream, new byte[] { 5, 1, 0 }));
            Survives("a PING without its time", stream => Bad(stream, Zmtp.CommandFrame("PING", new byte[1])));
            Survives("a PING with 17 bytes", stream => Bad(stream, Zmtp.CommandFrame("PING", new byte[19])));
            Survives("an empty command", stream => Bad(stream, new byte[] { 4, 0, 0, 0 }));
            Survives("a message of a thousand parts", stream =>
            {
                FakePeer.ShakeHands(stream);
                for (int i = 0; i < 1000; i++) FakePeer.Frame(stream, Zmtp.More, 1, 2, 3);
            });
            Survives("a payload that ends early", stream =>
            {
                FakePeer.ShakeHands(stream);
                var whole = new MemoryStream();
                FakePeer.Picture(whole, "mira", 1, 100);
                stream.Write(whole.ToArray(), 0, 20000);
            });
        }

        private static void Bad(Stream stream, byte[] bytes)
        {
            FakePeer.ShakeHands(stream);
            FakePeer.Write(stream, bytes);
        }

        private static void Claims()
        {
            var header = new Video { Npc = "mira", Seq = 1, Origin = "idle", Width = 4096, Height = 4096, Stride = 16384, Format = "bgra8" };
            long before = GC.GetTotalMemory(true);
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                FakePeer.Frame(stream, Zmtp.More, Topics.Bytes(Topics.Video, "mira"));
                FakePeer.Frame(stream, Zmtp.More, new HeaderCodec().Write(header));
                FakePeer.Write(stream, new byte[] { 2, 0, 0, 0, 0, 4, 0, 0, 0 }); // 64 MiB, of which 1000 bytes come
                FakePeer.Write(stream, new byte[1000]);
                while (!self.Stopping) Thread.Sleep(20);
            }))
            {
                StreamReceiver receiver = Receiver(peer, new Inbox(), new ReceiveCounts());
                Check.Soon(() => receiver.Source.Connected, "connected");
                Thread.Sleep(300);
                long grown = GC.GetTotalMemory(true) - before;
                Check.That(grown < 4 << 20, "memory grew by " + grown + " bytes");
                End(receiver);
            }
        }

        private static void RandomBytes()
        {
            var random = new Random(4);
            var inbox = new Inbox();
            int round = 0;
            using (var peer = new FakePeer((self, stream) =>
            {
                int number = Interlocked.Increment(ref round);
                if (number % 2 == 0) FakePeer.ShakeHands(stream);
                var bytes = new byte[3000];
                lock (random) random.NextBytes(bytes);
                if (number % 4 == 0) Array.Clear(bytes, 0, 8); // a few whole frames
                FakePeer.Write(stream, bytes);
            }))
            {
                var receivers = new List<StreamReceiver>();
                for (int i = 0; i < 6; i++) receivers.Add(Receiver(peer, inbox, new ReceiveCounts()));
                Check.Soon(() => Volatile.Read(ref round) >= 40, "it goes on connecting");
                receivers.ForEach(End);
            }
        }

        private static void Ends()
        {
            Action<FakePeer, Stream>[] scripts =
            {
                (self, stream) => Thread.Sleep(5000), // never greets
                (self, stream) =>
                {
                    FakePeer.ShakeHands(stream);
                    Thread.Sleep(5000); // never publishes
                },
                (self, stream) =>
                {
                    FakePeer.ShakeHands(stream);
                    FakePeer.Write(stream, new byte[] { 2, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3 }); // stops in a frame
                    Thread.Sleep(5000);
                },
            };
            foreach (Action<FakePeer, Stream> script in scripts)
            {
                using (var peer = new FakePeer(script))
                {
                    StreamReceiver receiver = Receiver(peer, new Inbox(), new ReceiveCounts());
                    Check.Soon(() => peer.Accepted > 0, "accepted");
                    Thread.Sleep(50);
                    Stopwatch watch = Stopwatch.StartNew();
                    End(receiver);
                    Check.That(watch.ElapsedMilliseconds < 1000, "it took " + watch.ElapsedMilliseconds + " ms");
                }
            }
        }

        private static void Costless()
        {
            const int Pictures = 400;
            var inbox = new Inbox();
            var counts = new ReceiveCounts { ThreadAllocation = GC.GetAllocatedBytesForCurrentThread };
            using (var peer = new FakePeer((self, stream) =>
            {
                FakePeer.ShakeHands(stream);
                for (ulong seq = 1; seq <= Pictures; seq++) FakePeer.Picture(stream, "mira", seq, 128);
                while (!self.Stopping) Thread.Sleep(20);
            }))
            {
                StreamReceiver receiver = Receiver(peer, inbox, counts);
                NpcStreams npc = inbox.Of("mira");
                long taking = 0;
                Check.Soon(() =>
                {
                    Picture picture;
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    npc.TakePicture(out picture);
                    taking += GC.GetAllocatedBytesForCurrentThread() - before;
                    return counts.Messages >= Pictures;
                }, "all pictures");
                Check.Same(0.0, counts.AllocatedPerPicture, "bytes for each picture received");
                Check.Same(0L, taking, "bytes for taking them");
                End(receiver);
            }
        }
    }
}
