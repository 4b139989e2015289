using System;

namespace EchoRuntime
{
    /// <summary>The newest latencies, in a ring; adding allocates nothing. Not for several threads at once.</summary>
    public sealed class LatencyRecord
    {
        private readonly int[] _ring;
        private long _added;

        /// <param name="size">How many of the newest are kept.</param>
        public LatencyRecord(int size = 65536)
        {
            _ring = new int[size];
        }

        public long Count
        {
            get { return _added; }
        }

        public void Add(long micros)
        {
            _ring[_added++ % _ring.Length] = (int)Math.Max(int.MinValue, Math.Min(int.MaxValue, micros));
        }

        public void Clear()
        {
            _added = 0;
        }

        /// <summary>In milliseconds; NaN while there is none. `share` 0.5 is the median, 1 the largest.</summary>
        public double Percentile(double share)
        {
            int count = (int)Math.Min(_added, _ring.Length);
            if (count == 0) return double.NaN;
            var sorted = new int[count];
            Array.Copy(_ring, sorted, count);
            Array.Sort(sorted);
            return sorted[(int)Math.Round(share * (count - 1))] / 1000.0;
        }
    }
}
