using System;

namespace EchoRuntime
{
    /// <summary>Payloads to numbers and back; all are little-endian. Allocates nothing.</summary>
    public static class Payload
    {
        /// <summary>float32 values into `into`. Throws <see cref="ProtocolException"/> for one that is not finite.</summary>
        public static void ReadFloats(byte[] data, int offset, float[] into, int count)
        {
            Buffer.BlockCopy(data, offset, into, 0, 4 * count);
            Finite(into, count);
        }

        /// <summary>float32 values to bytes. Throws <see cref="ProtocolException"/> for one that is not finite.</summary>
        public static void WriteFloats(float[] values, int count, byte[] into, int offset)
        {
            Finite(values, count);
            Buffer.BlockCopy(values, 0, into, offset, 4 * count);
        }

        /// <summary>Interleaved PCM16 to samples in [-1, 1], the mean of the channels; returns how many.</summary>
        public static int ReadSound(byte[] data, int offset, int size, int channels, float[] into)
        {
            int count = size / (2 * channels), at = offset;
            for (int i = 0; i < count; i++)
            {
                int sum = 0;
                for (int c = 0; c < channels; c++, at += 2) sum += (short)(data[at] | data[at + 1] << 8);
                into[i] = Math.Max(-1f, sum / (32767f * channels));
            }
            return count;
        }

        /// <summary>Samples to PCM16; louder ones are clipped, what is no number becomes silence.</summary>
        public static void WriteSound(float[] samples, int first, int count, byte[] into, int offset)
        {
            for (int i = 0; i < count; i++)
            {
                float sample = samples[first + i];
                double clipped = float.IsNaN(sample) ? 0.0 : Math.Max(-1.0, Math.Min(1.0, sample));
                int value = (int)Math.Round(clipped * 32767.0);
                into[offset + 2 * i] = (byte)value;
                into[offset + 2 * i + 1] = (byte)(value >> 8);
            }
        }

        private static void Finite(float[] values, int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (!float.IsNaN(values[i]) && !float.IsInfinity(values[i])) continue;
                throw new ProtocolException("The coefficients hold values that are not finite numbers.");
            }
        }
    }
}
