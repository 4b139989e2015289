using System;
using System.Collections.Generic;

namespace EchoRuntime.CoreTests
{
    /// <summary>The golden vectors, what must be refused, and what reading costs.</summary>
    internal static class CodecTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("codec/golden: bytes to meaning, and back to the same bytes", () => Golden(suite));
            suite.Add("codec/golden: fields may come in any order, with unknown ones between", () => Shuffled(suite));
            suite.Add("codec/golden: free content is read into the meaning", () => Meanings(suite));
            suite.Add("codec/golden: defaults stand in for missing fields", Defaults);
            suite.Add("codec/golden: typed fields hold the values", () => Typed(suite));
            suite.Add("codec/refused: what is no message", () => Refused(suite));
            suite.Add("codec/hostile: the table", () => Hostile(suite));
            suite.Add("codec/hostile: every header cut short at every byte", () => CutShort(suite));
            suite.Add("codec/hostile: every byte of every header changed", () => Changed(suite));
            suite.Add("codec/hostile: nested maps cost no exponential time", Nested);
            suite.Add("codec/write: values out of range do not leave", Unsendable);
            suite.Add("codec/cost: reading a picture's header allocates nothing", () => Costless(suite));
            suite.Add("codec/sound: samples to PCM16 and back", Sound);
        }

        private static void Golden(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                byte[] header = Hex.Read(vector.Text("header"));
                byte[] payload = Hex.Read(vector.Text("payload"));
                Message message = codec.Read(header, 0, header.Length, payload.Length);
                Check.Same(vector.Text("type"), message.Type, "type");
                Check.Same(Hex.Write(header), Hex.Write(codec.Write(message)), message.Type);
                var published = message as Published;
                if (published == null) continue;
                byte[] topic = Topics.Bytes(published is Video ? Topics.Video : Topics.Cues, published.Npc);
                Check.Same(vector.Text("topic"), System.Text.Encoding.UTF8.GetString(topic), "topic");
                Check.That(Topics.Of(published, topic, topic.Length), "a topic matches itself");
            }
        }

        private static void Shuffled(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                if (vector.Text("header").Length > 7000) continue; // no room for more fields
                MessageMap meaning = vector.Map("meaning");
                var turned = new MessageMap();
                turned.Set("zz_unknown", new List<object> { 1L, -2.5, null, new MessageMap().Set("x", true) });
                for (int i = meaning.Count - 1; i >= 0; i--) turned.Set(meaning.KeyAt(i), meaning.ValueAt(i));
                byte[] bytes = codec.Write(turned);
                Message message = codec.Read(bytes, 0, bytes.Length, vector.Text("payload").Length / 2);
                Check.Same(vector.Text("header"), Hex.Write(codec.Write(message)), message.Type);
            }
        }

        private static void Meanings(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                byte[] header = Hex.Read(vector.Text("header"));
                Check.Same(vector.Map("meaning"), HeaderCodec.ReadFree(header, 0, header.Length), vector.Text("type"));
                Check.Same(vector.Text("header"), Hex.Write(codec.Write(vector.Map("meaning"))), vector.Text("type"));
            }
        }

        private static void Defaults()
        {
            var codec = new HeaderCodec();
            byte[] bytes = codec.Write(new MessageMap().Set("t", "player_face"));
            var face = (PlayerFace)codec.Read(bytes, 0, bytes.Length, 4 * 52);
            Check.Same("arkit52", face.Curves, "curves");
            Check.Same(52, face.Count, "count");
            Check.Same(1.0, face.Head.W, "head");
            Check.Same(1.0, face.Validity, "validity");
            Check.Same("engine", face.Source, "source");
            bytes = codec.Write(new MessageMap().Set("t", "list_npcs"));
            Check.Same(16, ((ListNpcs)codec.Read(bytes, 0, bytes.Length, 0)).Limit, "limit");
        }

        private static void Typed(Suite suite)
        {
            var codec = new HeaderCodec();
            int seen = 0;
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                byte[] header = Hex.Read(vector.Text("header"));
                Message message = codec.Read(header, 0, header.Length, vector.Text("payload").Length / 2);
                MessageMap meaning = vector.Map("meaning");
                var video = message as Video;
                if (video != null && meaning.Get("seq") is long)
                {
                    Check.Same((ulong)meaning.Whole("seq"), video.Seq, "seq");
                    Check.Same(meaning.Whole("width"), (long)video.Width, "width");
                    Check.Same(meaning.Text("origin"), video.Origin, "origin");
                    Check.Same(meaning.Whole("published_us"), video.PublishedMicros, "published");
                    Check.Same(meaning.List("head")[1], video.Head.Y, "head");
                    Check.Same(meaning.Get("again"), video.Again, "again");
                    seen++;
                }
                var welcome = message as Welcome;
                if (welcome != null)
                {
                    Check.Same(meaning.Map("ports"), welcome.Ports, "ports");
                    Check.Same(meaning.Text("run"), welcome.Run, "run");
                    Check.Same(meaning.List("proto")[1], (long)welcome.Proto.Minor, "proto");
                    seen++;
                }
                var say = message as SayText;
                if (say != null)
                {
                    Check.Same(meaning.Text("text"), say.Text, "text");
                    seen++;
                }
            }
            Check.That(seen >= 5, "the vectors hold pictures, a welcome and a text");
        }

        private static void Refused(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap entry in suite.Vectors("refused.json"))
            {
                byte[] header = Hex.Read(entry.Text("header"));
                Check.Refused(() => codec.Read(header, 0, header.Length, entry.Whole("payload_bytes")), entry.Text("why"));
            }
        }

        private static void Hostile(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap entry in suite.Vectors("hostile.json"))
            {
                byte[] header = Hex.Read(entry.Text("header"));
                string name = entry.Text("name");
                string kind = entry.Text("kind");
                if (kind == "header")
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    Check.Refused(() => codec.Read(header, 0, header.Length, entry.Whole("payload_bytes")), name);
                    long taken = GC.GetAllocatedBytesForCurrentThread() - before;
                    Check.That(taken < 1 << 18, name + " made the codec allocate " + taken + " bytes");
                    continue;
                }
                byte[] payload = Hex.Read(entry.Text("payload"));
                Message message = codec.Read(header, 0, header.Length, payload.Length);
                if (kind == "payload")
                {
                    var video = message as Video;
                    if (video != null) Check.Refused(() => JpegSize.Check(video, payload, payload.Length), name);
                    else Check.Refused(() => Payload.ReadFloats(payload, 0, new float[payload.Length / 4], payload.Length / 4), name);
                }
                else
                {
                    Check.Same("topic", kind, name);
                    byte[] topic = Hex.Read(entry.Text("topic"));
                    Check.That(!Topics.Of((Published)message, topic, topic.Length), name + " was taken");
                }
            }
        }

        private static void CutShort(Suite suite)
        {
            var codec = new HeaderCodec();
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                byte[] header = Hex.Read(vector.Text("header"));
                int step = header.Length > 500 ? 37 : 1;
                for (int length = 0; length < header.Length; length += step)
                {
                    var part = new byte[length];
                    Array.Copy(header, part, length);
                    Check.Refused(() => codec.Read(part, 0, part.Length, 0), vector.Text("type") + " cut at " + length);
                }
            }
        }

        private static void Changed(Suite suite)
        {
            var codec = new HeaderCodec();
            var random = new Random(7);
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                byte[] header = Hex.Read(vector.Text("header"));
                long payload = vector.Text("payload").Length / 2;
                for (int i = 0; i < header.Length; i += header.Length > 500 ? 41 : 1)
                {
                    byte kept = header[i];
                    header[i] = (byte)random.Next(256);
                    try
                    {
                        codec.Write(codec.Read(header, 0, header.Length, payload));
                    }
                    catch (ProtocolException)
                    {
                        // refused is as good as read; nothing else may be thrown
                    }
                    header[i] = kept;
                }
            }
        }

        private static void Nested()
        {
            // maps of many entries whose first holds the next such map
            var bytes = new List<byte> { 0x82, 0xA1, (byte)'t', 0xA3, (byte)'x', (byte)'y', (byte)'z', 0xA1, (byte)'d' };
            for (int depth = 0; depth < 6; depth++)
            {
                bytes.AddRange(new byte[] { 0xDE, 0, 100, 0xA2, (byte)'a', (byte)'a' });
            }
            bytes.Add(0xC0);
            for (int depth = 0; depth < 6; depth++)
            {
                for (int i = 1; i < 100; i++) bytes.AddRange(new byte[] { 0xA2, (byte)(33 + i / 10), (byte)(33 + i % 10), 0xC0 });
            }
            byte[] header = bytes.ToArray();
            Check.That(header.Length <= Limits.HeaderBytes, "the header fits");
            System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
            Check.Refused(() => new HeaderCodec().Read(header, 0, header.Length, 0), "an unknown type");
            Check.That(watch.ElapsedMilliseconds < 3000, "reading took " + watch.ElapsedMilliseconds + " ms");
        }

        private static void Unsendable()
        {
            var codec = new HeaderCodec();
            Check.Refused(() => codec.Write(new Emotion { Npc = "mira", Name = "joy", Intensity = 1.5 }), "intensity");
            Check.Refused(() => codec.Write(new Emotion { Npc = "mira", Name = "joy", Intensity = double.NaN }), "NaN");
            Check.Refused(() => codec.Write(new Interrupt { Npc = "mi/ra" }), "a slash");
            Check.Refused(() => codec.Write(new Interrupt()), "no name");
            Check.Refused(() => codec.Write(new SpeakEnd { Npc = "mira" }), "utterance 0");
            Check.Refused(() => codec.Write(new SaveMemory { Npc = "mira", File = "..hidden" }), "a hidden file");
            Check.Refused(() => codec.Write(new SayText { Speaker = "player", Text = new string('x', 2049) }), "2049 bytes");
            Check.Refused(() => codec.Write(new SayText { Speaker = "player", Text = "\ud83d" }), "half a pair");
            Check.Refused(() => codec.Write(new PlayerFace { Head = new Rotation(0, 0, 0, 2) }), "a long rotation");
        }

        private static void Costless(Suite suite)
        {
            byte[] header = null;
            foreach (MessageMap vector in suite.Vectors("messages.json"))
            {
                if (header == null && vector.Text("type") == "video") header = Hex.Read(vector.Text("header"));
            }
            var reader = new FieldReader();
            var video = new Video();
            for (int i = 0; i < 10; i++) Read(reader, video, header);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) Read(reader, video, header);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Check.Same(0L, taken, "bytes for 1000 headers");
            Check.Same("mira", video.Npc, "npc");
        }

        private static void Read(FieldReader reader, Video video, byte[] header)
        {
            reader.Open(header, 0, header.Length);
            reader.Fill(video, 16);
        }

        private static void Sound()
        {
            var samples = new[] { 0f, 1f, -1f, 0.5f, -2f, float.NaN };
            var bytes = new byte[12];
            Payload.WriteSound(samples, 0, 6, bytes, 0);
            Check.Same("0000ff7f0180004001800000", Hex.Write(bytes), "PCM16");
            var back = new float[6];
            Check.Same(6, Payload.ReadSound(bytes, 0, 12, 1, back), "count");
            Check.Near(0.5, back[3], 1e-4, "a half");
            Check.Same(3, Payload.ReadSound(bytes, 0, 12, 2, back), "stereo");
            Check.Near(0.5, back[0], 1e-4, "the mean");
        }
    }
}
