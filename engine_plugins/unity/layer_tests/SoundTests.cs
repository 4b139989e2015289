using System;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>Sound of a game on its way to the runtime, and microphones' rings.</summary>
    internal static class SoundTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("sound/clip: channels become one, the rate passes", Channels);
            suite.Add("sound/clip: a rate beyond the protocol's is resampled", Rates);
            suite.Add("sound/clip: silence and bad samples are noticed", Silence);
            suite.Add("sound/ring: wraps, and drops what is old after a stall", Ring);
            suite.Add("sound/filter: silence without a source", Unconnected);
        }

        private static short Sample(byte[] pcm, int at)
        {
            return (short)(pcm[2 * at] | pcm[2 * at + 1] << 8);
        }

        private static void Channels()
        {
            SpeechClip clip = SpeechClip.Of(new[] { 0.5f, -0.5f, 1f, 0f, 2f, 2f }, 2, 44100);
            Check.Same(44100, clip.Rate, "rate");
            Check.Same(6, clip.Pcm.Length, "bytes");
            Check.Same(0, (int)Sample(clip.Pcm, 0), "opposite channels");
            Check.Near(16384, Sample(clip.Pcm, 1), 2, "half");
            Check.Same(32767, (int)Sample(clip.Pcm, 2), "too loud is cut");
            Check.Near(3.0 / 44100, clip.Seconds, 1e-9, "seconds");
        }

        private static void Rates()
        {
            var tone = new float[4000 * 2];
            for (int i = 0; i < tone.Length; i++) tone[i] = (float)(0.5 * Math.Sin(2 * Math.PI * 200 * i / 4000.0));
            SpeechClip clip = SpeechClip.Of(tone, 1, 4000);
            Check.Same(16000, clip.Rate, "rate");
            Check.Near(2.0, clip.Seconds, 0.01, "the same length");
            int crossings = 0;
            for (int i = 8000; i < 24000; i++)
            {
                if (Sample(clip.Pcm, i) < 0 && Sample(clip.Pcm, i + 1) >= 0) crossings++;
            }
            Check.Near(200, crossings, 2, "the same tone: 200 Hz for a second");
            Check.Same(96000, SpeechClip.Of(tone, 1, 96000).Rate, "a rate within passes");
        }

        private static void Silence()
        {
            Check.That(SpeechClip.Of(new float[1000], 1, 16000).Silent, "silence");
            Check.That(!SpeechClip.Of(new[] { 0f, 0.1f }, 1, 16000).Silent, "sound");
            Check.Same(0, (int)Sample(SpeechClip.Of(new[] { float.NaN, 0.1f }, 1, 16000).Pcm, 0), "not a number");
            foreach (Action bad in new Action[]
            {
                () => SpeechClip.Of(new float[0], 1, 16000), () => SpeechClip.Of(null, 1, 16000),
                () => SpeechClip.Of(new float[4], 0, 16000), () => SpeechClip.Of(new float[4], 1, 0),
            })
            {
                try
                {
                    bad();
                }
                catch (UsageException error)
                {
                    Check.That(error.Message.EndsWith("."), error.Message);
                    continue;
                }
                throw new CheckFailed("not refused");
            }
        }

        private static void Ring()
        {
            int start, count;
            var ring = new RingReader(16000, 16000);
            Check.That(!ring.Next(100, 0, out start, out count), "begins at now");
            Check.That(ring.Next(900, 50000, out start, out count) && start == 100 && count == 800, "new samples");
            Check.That(!ring.Next(900, 60000, out start, out count), "none");
            Check.That(ring.Next(15900, 850000, out start, out count) && count == 15000, "much");
            Check.That(ring.Next(300, 900000, out start, out count) && start == 15900 && count == 100, "to the end");
            Check.Same(300, ring.Waiting(300), "waiting");
            Check.That(ring.Next(300, 900000, out start, out count) && start == 0 && count == 300, "from the begin");
            Check.That(!ring.Next(4000, 900000 + 180000000, out start, out count), "a breakpoint of minutes");
            Check.Same(1, ring.Skips, "skips");
            Check.That(ring.Next(4800, 900000 + 180050000, out start, out count) && start == 4000 && count == 800, "goes on with now");
            Check.That(!ring.Next(-1, 0, out start, out count), "no device");
        }

        private static void Unconnected()
        {
            var filter = new SpeechFilter();
            var block = new[] { 1f, 1f, 1f, 1f };
            filter.Fill(block, 2, 48000, true);
            Check.Same(0f, block[0] + block[3], "silence");
            filter.Fill(new float[0], 2, 48000, true);
            filter.Fill(block, 0, 0, false);
        }
    }
}
