using System.Diagnostics;

namespace EchoRuntime
{
    /// <summary>This process's monotonic clock.</summary>
    public static class MonotonicClock
    {
        public static long NowMicros
        {
            get
            {
                long ticks = Stopwatch.GetTimestamp(), frequency = Stopwatch.Frequency;
                return ticks / frequency * 1000000 + ticks % frequency * 1000000 / frequency;
            }
        }
    }

    /// <summary>
    /// The runtime's clock from ours: the ping with the smallest round trip of the last eight. A queueing delay lengthens
    /// one direction only and so falsifies the offset by half of it; the quickest ping has the least of it (as in NTP,
    /// RFC 5905 section 10). Pure: times come in as arguments. Not for several threads at once.
    /// </summary>
    public sealed class ClockOffset
    {
        private const int Window = 8;
        private readonly long[] _trips = new long[Window];
        private readonly long[] _offsets = new long[Window];
        private int _count, _next;

        public bool Known
        {
            get { return _count > 0; }
        }

        /// <summary>Microseconds; add to our time to get the runtime's. 0 before the first ping.</summary>
        public long OffsetMicros { get; private set; }

        /// <summary>Microseconds; of the ping that the offset is taken from.</summary>
        public long RoundTripMicros { get; private set; }

        /// <summary>`sent` and `returned` on our clock, `received` and `answered` on the runtime's; microseconds.</summary>
        public void Add(long sent, long received, long answered, long returned)
        {
            long trip = returned - sent - (answered - received);
            _trips[_next] = trip > 0 ? trip : 0;
            _offsets[_next] = SampleTime.FloorDivide(received - sent + (answered - returned), 2);
            _next = (_next + 1) % Window;
            if (_count < Window) _count++;
            int best = 0;
            for (int i = 1; i < _count; i++)
            {
                if (_trips[i] < _trips[best] || _trips[i] == _trips[best] && _offsets[i] < _offsets[best]) best = i;
            }
            OffsetMicros = _offsets[best];
            RoundTripMicros = _trips[best];
        }

        public void Reset()
        {
            _count = _next = 0;
            OffsetMicros = RoundTripMicros = 0;
        }
    }
}
