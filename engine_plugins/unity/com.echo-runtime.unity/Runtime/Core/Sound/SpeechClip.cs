using System;

namespace EchoRuntime
{
    /// <summary>
    /// Sound of a game, at any rate and with any number of channels, as the protocol's PCM16: one channel, 8 to 192 kHz.
    /// Rates within pass unchanged, the runtime resamples what it needs; others are brought to 16 kHz here.
    /// </summary>
    public sealed class SpeechClip
    {
        /// <summary>Below this nothing can be heard, and no lips would move: −60 dB.</summary>
        public const float SilencePeak = 0.001f;

        private const int LowestRate = 8000, HighestRate = 192000, SafeRate = 16000;

        private SpeechClip(byte[] pcm, int rate, float peak)
        {
            Pcm = pcm;
            Rate = rate;
            Peak = peak;
        }

        /// <summary>Little-endian, one channel.</summary>
        public byte[] Pcm { get; private set; }

        public int Rate { get; private set; }

        /// <summary>The loudest sample, 0 to 1.</summary>
        public float Peak { get; private set; }

        public bool Silent
        {
            get { return Peak < SilencePeak; }
        }

        public double Seconds
        {
            get { return Pcm.Length / 2 / (double)Rate; }
        }

        /// <summary>Throws <see cref="UsageException"/> for sound that cannot be spoken.</summary>
        /// <param name="interleaved">Samples in [−1, 1], all channels of a moment beside each other.</param>
        public static SpeechClip Of(float[] interleaved, int channels, int rate)
        {
            if (interleaved == null || interleaved.Length == 0) throw new UsageException("The speech has no samples.");
            if (channels < 1 || rate < 1)
            {
                throw new UsageException("The speech has " + channels + " channels at " + rate + " Hz; both must be at least 1.");
            }
            int frames = interleaved.Length / channels;
            var mono = new float[frames];
            float peak = 0f;
            for (int i = 0; i < frames; i++)
            {
                float sum = 0f;
                for (int c = 0; c < channels; c++) sum += interleaved[i * channels + c];
                sum /= channels;
                if (float.IsNaN(sum) || float.IsInfinity(sum)) sum = 0f; // one bad sample is no reason to be mute
                mono[i] = sum;
                peak = Math.Max(peak, Math.Abs(sum));
            }
            if (rate < LowestRate || rate > HighestRate)
            {
                mono = Resampled(mono, rate, SafeRate);
                rate = SafeRate;
            }
            var pcm = new byte[2 * mono.Length];
            Payload.WriteSound(mono, 0, mono.Length, pcm, 0);
            return new SpeechClip(pcm, rate, Math.Min(peak, 1f));
        }

        private static float[] Resampled(float[] samples, int from, int to)
        {
            var resampler = new Resampler(from, to);
            int count = (int)((long)samples.Length * to / from);
            var padded = new float[resampler.Needed(count) + 16];
            Array.Copy(samples, padded, Math.Min(samples.Length, padded.Length));
            var made = new float[count];
            resampler.Process(padded, made, 0, count);
            return made;
        }
    }
}
