using System;

namespace EchoRuntime
{
    /// <summary>
    /// Brings mono sound from one rate to another: a windowed sinc of 16 taps in 256 steps between samples. Delays the
    /// sound by eight samples of the slower rate. Allocates only when it is made. Not for several threads at once.
    /// </summary>
    internal sealed class Resampler
    {
        private const int Taps = 16, Steps = 256;
        private readonly int _from, _to;
        private readonly float[] _kernel = new float[(Steps + 1) * Taps];
        private readonly float[] _last = new float[Taps];
        private int _newest;
        private long _phase; // of _to: how far the output lies behind the newest input

        public Resampler(int from, int to)
        {
            _from = from;
            _to = to;
            double cut = 0.92 * Math.Min(1.0, to / (double)from);
            for (int step = 0; step <= Steps; step++)
            {
                double sum = 0.0;
                for (int tap = 0; tap < Taps; tap++)
                {
                    double x = tap - Taps / 2 + step / (double)Steps;
                    double window = 0.42 + 0.5 * Math.Cos(2 * Math.PI * x / Taps) + 0.08 * Math.Cos(4 * Math.PI * x / Taps);
                    double sinc = Math.Abs(x) < 1e-9 ? cut : Math.Sin(Math.PI * cut * x) / (Math.PI * x);
                    double value = Math.Abs(x) > Taps / 2 ? 0.0 : sinc * window;
                    _kernel[step * Taps + tap] = (float)value;
                    sum += value;
                }
                for (int tap = 0; tap < Taps; tap++) _kernel[step * Taps + tap] /= (float)sum;
            }
        }

        public int From
        {
            get { return _from; }
        }

        public int To
        {
            get { return _to; }
        }

        /// <summary>How many samples of the one rate make the next `count` of the other.</summary>
        public int Needed(int count)
        {
            return (int)((_phase + (long)count * _from) / _to);
        }

        /// <summary>Makes `count` samples out of exactly <see cref="Needed"/> ones.</summary>
        public void Process(float[] input, float[] output, int offset, int count)
        {
            int used = 0;
            for (int i = 0; i < count; i++)
            {
                _phase += _from;
                while (_phase >= _to)
                {
                    _phase -= _to;
                    _newest = (_newest + 1) % Taps;
                    _last[_newest] = input[used++];
                }
                // tap 0 is the newest sample, which lies `_phase` behind the output's place eight samples ago
                int row = (int)(_phase * Steps / _to) * Taps;
                float sum = 0f;
                for (int tap = 0; tap < Taps; tap++) sum += _kernel[row + tap] * _last[(_newest - tap + Taps) % Taps];
                output[offset + i] = sum;
            }
        }

        /// <summary>Forgets the sound that it still holds.</summary>
        public void Clear()
        {
            Array.Clear(_last, 0, Taps);
        }
    }
}
