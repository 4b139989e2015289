using System;
using System.Collections.Generic;

namespace EchoRuntime.CoreTests
{
    /// <summary>The playout structures against the shared scenarios, and what those leave out.</summary>
    internal static class PlayoutTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("playout/speech: the shared scenarios", () => EachOf(suite, "speech", Speech));
            suite.Add("playout/frames: the shared scenarios", () => EachOf(suite, "frames", Frames));
            suite.Add("playout/curves: the shared scenarios", () => EachOf(suite, "curves", Curves));
            suite.Add("playout/clock: the shared scenarios", () => EachOf(suite, "clock", Clock));
            suite.Add("playout/speech: an interrupt is heard at once", InterruptAtOnce);
            suite.Add("playout/speech: waiting sound is bounded, times may be anything", Bounded);
            suite.Add("playout/speech: playing allocates nothing", Costless);
            suite.Add("playout/frames: every frame is given back exactly once", GivenBack);
            suite.Add("playout/resampler: a tone keeps its pitch and loudness", Tone);
        }

        private static void EachOf(Suite suite, string kind, Action<MessageMap> test)
        {
            List<object> scenarios = suite.VectorMap("playout.json").List(kind);
            Check.That(scenarios.Count > 0, "there are scenarios of " + kind);
            foreach (MessageMap scenario in scenarios)
            {
                try
                {
                    test(scenario);
                }
                catch (CheckFailed error)
                {
                    throw new CheckFailed(kind + " '" + scenario.Text("name") + "', " + error.Message);
                }
            }
        }

        private static IEnumerable<List<object>> Steps(MessageMap scenario)
        {
            int number = 0;
            foreach (List<object> step in scenario.List("steps"))
            {
                _place = "step " + number++ + ": ";
                yield return step;
            }
        }

        private static string _place = "";

        private static long Whole(List<object> step, int index)
        {
            return (long)step[index];
        }

        private static void Speech(MessageMap scenario)
        {
            var playout = new SpeechPlayout(
                (int)scenario.Whole("rate"), scenario.Whole("priming_us"), scenario.Whole("patience_us"));
            foreach (List<object> step in Steps(scenario))
            {
                if ((string)step[0] == "push")
                {
                    bool taken = playout.Push(
                        Whole(step, 1), Numbered(Whole(step, 2), (int)Whole(step, 3)), 0, (int)Whole(step, 3),
                        (uint)Whole(step, 4), (bool)step[5]);
                    Check.Same(step[6], taken, _place + "taken");
                    continue;
                }
                var expected = new float[Whole(step, 1)];
                foreach (List<object> run in (List<object>)step[3])
                {
                    Array.Copy(Numbered(Whole(run, 1), (int)Whole(run, 2)), 0, expected, Whole(run, 0), Whole(run, 2));
                }
                var pulled = new float[expected.Length + 2];
                playout.Pull(pulled, 1, expected.Length, Whole(step, 2));
                for (int i = 0; i < expected.Length; i++) Check.Same(expected[i], pulled[i + 1], _place + "sample " + i);
                Check.Same(step[4], playout.TimeMicros, _place + "time");
                Check.Same(step[5], playout.State.ToString().ToLowerInvariant(), _place + "state");
                Check.Same(step[6], playout.DelayMicros, _place + "delay");
                Check.Same(step[7], (long)playout.Underruns, _place + "underruns");
                Check.Same(step[8], playout.BufferedMicros, _place + "buffered");
            }
        }

        private static float[] Numbered(long first, int count)
        {
            var samples = new float[count];
            for (int i = 0; i < count; i++) samples[i] = first + 1 + i;
            return samples;
        }

        private static void Frames(MessageMap scenario)
        {
            var queue = new FrameQueue<object>((int)scenario.Whole("size"));
            foreach (List<object> step in Steps(scenario))
            {
                if ((string)step[0] == "push")
                {
                    Check.Same(step[4], queue.Push(Whole(step, 1), step[2], (uint)Whole(step, 3)), _place + "taken");
                }
                else
                {
                    Check.Same(step[2], queue.Show(Whole(step, 1)), _place + "shown");
                }
            }
        }

        private static void Curves(MessageMap scenario)
        {
            var track = new CurveTrack((int)scenario.Whole("size"));
            var shown = new float[8];
            foreach (List<object> step in Steps(scenario))
            {
                var values = (List<object>)step[2];
                var head = (List<object>)step[3];
                if ((string)step[0] == "push")
                {
                    for (int i = 0; i < values.Count; i++) shown[i] = (float)(double)values[i];
                    var rotation = new Rotation((double)head[0], (double)head[1], (double)head[2], (double)head[3]);
                    bool taken = track.Push(
                        Whole(step, 1), shown, values.Count, rotation, new Position(), new Gaze(), (uint)Whole(step, 4));
                    Check.Same(step[5], taken, _place + "taken");
                    continue;
                }
                int count;
                Rotation turn;
                Position position;
                Gaze gaze;
                Check.That(track.At(Whole(step, 1), shown, out count, out turn, out position, out gaze), _place + "there");
                Check.Same(values.Count, count, _place + "count");
                for (int i = 0; i < count; i++) Check.Near((double)values[i], shown[i], 1e-5, _place + "value " + i);
                Check.Near((double)head[0], turn.X, 1e-5, _place + "x");
                Check.Near((double)head[1], turn.Y, 1e-5, _place + "y");
                Check.Near((double)head[2], turn.Z, 1e-5, _place + "z");
                Check.Near((double)head[3], turn.W, 1e-5, _place + "w");
            }
        }

        private static void Clock(MessageMap scenario)
        {
            var clock = new ClockOffset();
            foreach (List<object> step in Steps(scenario))
            {
                clock.Add(Whole(step, 1), Whole(step, 2), Whole(step, 3), Whole(step, 4));
                Check.Same(step[5], clock.OffsetMicros, _place + "offset");
                Check.Same(step[6], clock.RoundTripMicros, _place + "round trip");
            }
        }

        private static void InterruptAtOnce()
        {
            var playout = new SpeechPlayout();
            playout.Push(1000000, Numbered(0, 16000), 0, 16000, 0, false);
            var block = new float[160];
            for (long now = 1000000; now < 1200000; now += 10000) playout.Pull(block, 0, 160, now);
            Check.Same(PlayoutState.Playing, playout.State, "state");
            playout.RaiseEpoch(1);
            playout.Pull(block, 0, 160, 1200000);
            for (int i = 0; i < 160; i++) Check.Same(0f, block[i], "sample " + i);
            Check.Same(0L, playout.BufferedMicros, "buffered");
            Check.That(!playout.Push(1210000, Numbered(0, 160), 0, 160, 0, false), "the old epoch is refused");
        }

        private static void Bounded()
        {
            var playout = new SpeechPlayout();
            var second = new float[16000];
            int taken = 0;
            for (int i = 0; i < 200; i++)
            {
                if (playout.Push(i * 1000000L, second, 0, 16000, 0, false)) taken++;
            }
            Check.Same((int)(SpeechPlayout.LimitMicros / 1000000) + 1, taken, "seconds taken");
            var block = new float[441];
            foreach (long pts in new[] { 1L << 62, -(1L << 62), 0L })
            {
                playout.Reset();
                playout.Push(pts, second, 0, 16000, 0, true);
                playout.Pull(block, 0, 441, 1000000);
                playout.Pull(block, 0, 441, -pts);
                playout.Pull(block, 0, 441, pts);
                Check.That(playout.TimeMicros != null, "there is a time");
            }
        }

        private static void Costless()
        {
            var playout = new SpeechPlayout();
            float[] piece = Numbered(0, 640), block = new float[160];
            long now = 1000000;
            for (int i = 0; i < 50; i++) now = Second(playout, piece, block, now);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++) now = Second(playout, piece, block, now);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Check.Same(0L, taken, "bytes for 20 s of speech");
            Check.That(playout.Heard > 300000, "it was heard: " + playout.Heard);
        }

        private static long Second(SpeechPlayout playout, float[] piece, float[] block, long now)
        {
            playout.Push(now, piece, 0, piece.Length, 0, false);
            for (int i = 0; i < 4; i++, now += 10000) playout.Pull(block, 0, block.Length, now);
            return now;
        }

        private static void GivenBack()
        {
            var given = new List<object>();
            var queue = new FrameQueue<object>(4, given.Add);
            var random = new Random(3);
            long pts = 0;
            uint epoch = 0;
            var inside = new List<object>();
            for (int i = 0; i < 2000; i++)
            {
                pts += random.Next(-1, 4);
                if (random.Next(50) == 0) epoch++;
                object item = i;
                if (queue.Push(pts, item, epoch)) inside.Add(item);
                if (random.Next(3) == 0) queue.Show(pts - random.Next(5));
                if (random.Next(200) == 0) queue.Reset();
            }
            queue.Reset();
            queue.Show(0);
            Check.Same(inside.Count, given.Count, "given back");
            Check.Same(given.Count, new HashSet<object>(given).Count, "each once");
        }

        private static void Tone()
        {
            foreach (int to in new[] { 48000, 44100, 16000, 8000 })
            {
                var resampler = new Resampler(16000, to);
                var output = new float[to];
                int read = 0, made = 0;
                var random = new Random(5);
                while (made < to)
                {
                    int count = Math.Min(to - made, random.Next(1, 700));
                    var input = new float[resampler.Needed(count)];
                    for (int i = 0; i < input.Length; i++) input[i] = (float)Math.Sin(2 * Math.PI * 440 * read++ / 16000);
                    resampler.Process(input, output, made, count);
                    made += count;
                }
                Check.Near(16000, read, 1, "samples read for " + to);
                // against the tone itself, at the best of all delays
                double cosine = 0, sine = 0;
                int from = to / 10;
                for (int i = from; i < to; i++)
                {
                    cosine += output[i] * Math.Cos(2 * Math.PI * 440 * i / to);
                    sine += output[i] * Math.Sin(2 * Math.PI * 440 * i / to);
                }
                double loudness = 2 * Math.Sqrt(cosine * cosine + sine * sine) / (to - from), noise = 0;
                double phase = Math.Atan2(cosine, sine);
                for (int i = from; i < to; i++)
                {
                    double miss = output[i] - loudness * Math.Sin(2 * Math.PI * 440 * i / to + phase);
                    noise += miss * miss / (to - from);
                }
                Check.Near(1.0, loudness, 0.02, "loudness at " + to);
                Check.That(Math.Sqrt(noise) < 0.01, "noise at " + to + " is " + Math.Sqrt(noise));
            }
        }
    }
}
