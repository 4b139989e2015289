using System;
using System.Collections.Generic;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>What is kept of what comes, without a network: order, slot, queues, and a scripted subscription.</summary>
    internal static class ReceiveTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("receive/order: repeated, old and lost messages", Order);
            suite.Add("receive/slot: the newest is taken once, under two threads", Slot);
            suite.Add("receive/queue: the oldest makes room", Queue);
            suite.Add("receive/npc: nothing from before an interrupt is taken", Interrupted);
            suite.Add("receive/npc: pictures that follow the sound", Following);
            suite.Add("receive/npc: a new run begins anew", NewRun);
            suite.Add("receive/npc: a picture changes its size", Sizes);
            suite.Add("receive/inbox: a thousand names and more are bounded", Names);
            suite.Add("receive/messages: malformed ones are counted, what follows is taken", Malformed);
            suite.Add("receive/messages: the hostile table", () => Hostile(suite));
            suite.Add("receive/jpeg: the size a file says it has", Jpeg);
            suite.Add("receive/pacing: speech waits for two seconds of lead", Pacing);
        }

        private static void Order()
        {
            bool rose;
            var order = new ReceiveOrder();
            Check.That(order.Accept(StreamKind.Video, 5, 0, true, out rose), "a last value, sent again");
            Check.That(order.Accept(StreamKind.Video, 9, 0, false, out rose), "a live one");
            Check.Same(0L, order.Lost(StreamKind.Video), "lost beside a repeated one");
            Check.That(!order.Accept(StreamKind.Video, 9, 0, true, out rose), "the same again");
            Check.That(order.Accept(StreamKind.Video, 12, 0, false, out rose), "later");
            Check.Same(2L, order.Lost(StreamKind.Video), "lost");
            Check.That(order.Accept(StreamKind.Speech, 1, 2, false, out rose) && rose, "a higher epoch");
            Check.That(!order.Accept(StreamKind.Video, 13, 1, false, out rose) && !rose, "a lower epoch");
            Check.Same(1L, order.Outdated, "outdated");
            Check.That(order.Accept(StreamKind.Video, 14, 2, false, out rose) && !rose, "the new epoch");
            Check.Same(2L, order.Lost(StreamKind.Video), "what is outdated is not lost");
            order.Reset();
            Check.That(order.Accept(StreamKind.Video, 1, 0, false, out rose), "a new run");
        }

        private sealed class Box
        {
            public long A, B;
        }

        private static void Slot()
        {
            var slot = new LatestSlot<Box>(new Box(), new Box(), new Box());
            Box taken;
            Check.That(!slot.Take(out taken), "nothing yet");
            const int Rounds = 300000;
            var writer = new Thread(() =>
            {
                for (int i = 1; i <= Rounds; i++)
                {
                    slot.Back.A = i;
                    slot.Back.B = -i;
                    slot.Publish();
                }
            });
            writer.Start();
            long last = 0;
            while (last < Rounds)
            {
                if (!slot.Take(out taken)) continue;
                Check.That(taken.A == -taken.B && taken.A > last, "torn or old: " + taken.A + " " + taken.B
                    + " after " + last);
                last = taken.A;
            }
            writer.Join();
            Check.That(!slot.Take(out taken), "taken once");
        }

        private static void Queue()
        {
            var queue = new CueQueue<string>(2);
            queue.Put("a");
            queue.Put("b");
            queue.Put("c");
            Check.Same("b", queue.Take(), "the oldest left");
            Check.Same("c", queue.Take(), "the next");
            Check.Same(null, queue.Take(), "none");
            Check.Same(1L, queue.Dropped, "dropped");
        }

        private static bool Put(NpcStreams npc, ulong seq, uint epoch, long pts, int size = 8)
        {
            Picture picture = npc.BeginPicture();
            picture.Scratch.Npc = npc.Name;
            picture.Scratch.Seq = seq;
            picture.Scratch.Epoch = epoch;
            picture.Scratch.Pts = pts;
            picture.Scratch.Again = false;
            picture.Length = size;
            return npc.PutPicture(MonotonicClock.NowMicros);
        }

        private static CueEvent Cue(ulong seq, uint epoch)
        {
            return new CueEvent { Npc = "mira", Name = "interrupted", Seq = seq, Epoch = epoch };
        }

        private static void Interrupted()
        {
            var npc = new NpcStreams("mira");
            Picture picture;
            Put(npc, 1, 0, 10);
            Check.That(npc.Put(Cue(1, 1)), "the event of the new epoch");
            Check.That(!npc.TakePicture(out picture), "the picture of the old one waits no more");
            Check.That(!Put(npc, 2, 0, 20), "an old picture that comes later");
            Check.That(!npc.TakePicture(out picture), "it is not taken either");
            Check.That(Put(npc, 3, 1, 30) && npc.TakePicture(out picture), "the new epoch's");
            Check.Same(3UL, picture.Header.Seq, "seq");
            Check.Same("interrupted", npc.TakeCue().Name, "the event itself is there");
        }

        private static void Following()
        {
            var npc = new NpcStreams("mira");
            npc.FollowSound();
            Picture picture;
            for (ulong i = 1; i <= 40; i++) Check.That(Put(npc, i, 0, (long)i * 1000), "picture " + i);
            Check.That(!npc.ShowPicture(32000, out picture), "the eight newest wait, and none is due");
            Check.That(npc.ShowPicture(35500, out picture) && picture.Header.Seq == 35, "the newest that is due");
            Check.That(!npc.ShowPicture(35500, out picture), "it is shown already");
            npc.Put(Cue(1, 1));
            Check.That(!npc.ShowPicture(50000, out picture), "what waited is thrown away");
            for (ulong i = 41; i < 2000; i++) Check.That(Put(npc, i, 1, (long)i * 1000), "buffers come back");
            Check.That(npc.ShowPicture(1L << 40, out picture) && picture.Header.Seq == 1999, "the last");
        }

        private static void NewRun()
        {
            var npc = new NpcStreams("mira");
            Picture picture;
            Put(npc, 100, 7, 10);
            npc.Reset();
            Check.That(!npc.TakePicture(out picture), "a picture from before waits no more");
            Check.That(Put(npc, 1, 0, 5) && npc.TakePicture(out picture), "seq and epoch begin anew");
        }

        private static void Sizes()
        {
            var script = new Script();
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            foreach (int side in new[] { 2, 512, 3, 64, 512, 2 }) script.Picture("mira", side);
            Receive(script, inbox, counts, 6);
            Picture picture;
            Check.That(inbox.Of("mira").TakePicture(out picture), "the last");
            Check.Same(16, picture.Length, "length");
            Check.Same((byte)6, picture.Bytes[15], "bytes");
            Check.Same(0L, counts.Malformed, counts.LastMalformed);
        }

        private static void Names()
        {
            var inbox = new Inbox();
            NpcStreams kept = inbox.Want("wanted");
            for (int i = 0; i < 3000; i++) inbox.Of("npc" + i);
            Check.That(inbox.Count <= Limits.Npcs, inbox.Count + " are kept");
            Check.That(inbox.Of("wanted") == kept, "the wanted one is among them");
            Check.That(inbox.Of("npc2999") == inbox.Of("npc2999"), "the newest is");
        }

        private static void Malformed()
        {
            var script = new Script();
            script.Picture("mira", 2);
            script.Parts(new byte[] { 1 });
            script.Parts(Topics.Bytes(Topics.Video, "mira"), new byte[5000], new byte[16]);
            script.Parts(new byte[5000], new byte[10], new byte[16]);
            script.Parts(Topics.Bytes(Topics.Video, "mira"), new byte[] { 0x80 }, new byte[16]);
            script.Picture("mira", 2, extraParts: 3);
            script.Message("news/mira/", new MessageMap().Set("t", "hologram").Set("npc", "mira"), new byte[0]);
            script.Picture("mira", 2);
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            Receive(script, inbox, counts, 8);
            Check.Same(5L, counts.Malformed, "malformed; the last: " + counts.LastMalformed);
            Check.Same(1L, counts.Unknown, "unknown");
            Picture picture;
            Check.That(inbox.Of("mira").TakePicture(out picture) && picture.Header.Seq == 3, "the last good one");
        }

        private static void Hostile(Suite suite)
        {
            var script = new Script();
            int bad = 0;
            foreach (MessageMap entry in suite.Vectors("hostile.json"))
            {
                string type = entry.Text("type");
                if (Array.IndexOf(new[] { "video", "coefficients", "speech", "event" }, type) < 0) continue;
                if (entry.Whole("payload_bytes") > 1 << 21) continue;
                string stream = type == "video" ? "video/mira/" : "cues/mira/";
                byte[] topic = entry.Has("topic") ? Hex.Read(entry.Text("topic")) : System.Text.Encoding.ASCII.GetBytes(stream);
                byte[] payload = entry.Has("payload") ? Hex.Read(entry.Text("payload")) : new byte[entry.Whole("payload_bytes")];
                script.Parts(topic, Hex.Read(entry.Text("header")), payload);
                bad++;
            }
            script.Picture("mira", 2);
            var inbox = new Inbox();
            var counts = new ReceiveCounts();
            Receive(script, inbox, counts, bad + 1);
            Check.Same((long)bad, counts.Malformed + counts.Unknown, "refused");
            Check.That(bad > 20, "the table holds published messages: " + bad);
            Picture picture;
            Check.That(inbox.Of("mira").TakePicture(out picture), "the good one after them");
        }

        private static void Receive(Script script, Inbox inbox, ReceiveCounts counts, int messages)
        {
            var receiver = new StreamReceiver("test", script, inbox, counts, () => 0);
            Check.Soon(() => counts.Messages >= messages, "all messages are read");
            receiver.Stop();
            receiver.Join(2000);
        }

        private static void Jpeg()
        {
            // SOI, APP0 of four bytes, filling, SOF0 of 640 × 480
            byte[] file = Hex.Read("ffd8" + "ffe000040102" + "ff" + "ffc0000b0801e002800101" + "1100" + "ffd9");
            int width, height;
            Check.That(JpegSize.Read(file, file.Length, out width, out height), "read");
            Check.Same("640 480", width + " " + height, "size");
            for (int length = 0; length < 18; length++) Check.That(!JpegSize.Read(file, length, out width, out height), "cut at " + length);
            Check.That(!JpegSize.Read(Hex.Read("ffd8ffd9"), 4, out width, out height), "without a frame");
            Check.That(!JpegSize.Read(Hex.Read("ffd8ffe00000ffe00000"), 10, out width, out height), "a segment without an end");
        }

        private static void Pacing()
        {
            var pacing = new SpeechPacing(true);
            long now = 1000000, waiting = 0, sent = 0, most = 0;
            for (int step = 0; step < 6000; step++, now += 1000)
            {
                waiting = Math.Max(0, waiting - 1000);
                while (pacing.MaySend(now))
                {
                    pacing.Sent(SpeechPacing.PieceMicros, now);
                    waiting += SpeechPacing.PieceMicros;
                    sent += SpeechPacing.PieceMicros;
                    pacing.Answered(SpeechPacing.PieceMicros, waiting, now);
                }
                most = Math.Max(most, waiting);
                Check.That(step < 10 || waiting > 1500000, "the runtime always has sound: " + waiting + " at step " + step);
            }
            Check.That(most <= SpeechPacing.AheadMicros + SpeechPacing.PieceMicros, "at most two seconds wait: " + most);
            Check.Near(8000000, sent, 200000, "six seconds and two of lead");
            var silent = new SpeechPacing(true);
            int pieces = 0;
            while (silent.MaySend(now))
            {
                silent.Sent(SpeechPacing.PieceMicros, now);
                pieces++;
            }
            Check.That(pieces <= 10, "few pieces go out unanswered: " + pieces);
            Check.That(silent.IsStuck(now + 6000000), "and a silent runtime is noticed");
        }
    }

    /// <summary>A subscription whose messages are written down beforehand.</summary>
    internal sealed class Script : ISubscription
    {
        private readonly Queue<byte[][]> _messages = new Queue<byte[][]>();
        private readonly HeaderCodec _codec = new HeaderCodec();
        private byte[][] _current = new byte[0][];
        private int _part;
        private ulong _seq;
        private volatile bool _aborted;

        public void Parts(params byte[][] parts)
        {
            lock (_messages) _messages.Enqueue(parts);
        }

        public void Message(string topic, MessageMap header, byte[] payload)
        {
            Parts(System.Text.Encoding.ASCII.GetBytes(topic), _codec.Write(header), payload);
        }

        public void Picture(string npc, int side, int extraParts = 0)
        {
            var header = new Video
            {
                Npc = npc, Seq = ++_seq, Pts = 1000 * (long)_seq, Origin = "generated", Width = side, Height = side,
                Stride = 4 * side, Format = "bgra8", PublishedMicros = MonotonicClock.NowMicros,
            };
            var parts = new List<byte[]> { Topics.Bytes(Topics.Video, npc), _codec.Write(header), new byte[4 * side * side] };
            for (int i = 0; i < parts[2].Length; i++) parts[2][i] = (byte)_seq;
            for (int i = 0; i < extraParts; i++) parts.Add(new byte[10]);
            Parts(parts.ToArray());
        }

        public int Connections
        {
            get { return 1; }
        }

        public bool Connected
        {
            get { return true; }
        }

        public bool Refused
        {
            get { return false; }
        }

        public string Trouble
        {
            get { return ""; }
        }

        public bool WaitMessage(int milliseconds)
        {
            lock (_messages)
            {
                if (_aborted || _messages.Count == 0)
                {
                    Monitor.Wait(_messages, 1);
                    return false;
                }
                _current = _messages.Dequeue();
            }
            _part = 0;
            return true;
        }

        public bool NextPart(out int size)
        {
            size = _part < _current.Length ? _current[_part].Length : 0;
            return _part < _current.Length;
        }

        public bool ReadPart(ref byte[] buffer, int size)
        {
            if (buffer.Length < size) buffer = new byte[size];
            Array.Copy(_current[_part++], buffer, size);
            return true;
        }

        public void Abort()
        {
            _aborted = true;
        }

        public void Subscribe(byte[] prefix)
        {
        }

        public void Unsubscribe(byte[] prefix)
        {
        }

        public void Dispose()
        {
        }
    }
}
