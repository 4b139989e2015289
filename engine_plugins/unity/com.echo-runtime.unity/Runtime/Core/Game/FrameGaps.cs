namespace EchoRuntime
{
    /// <summary>
    /// Notices when the game's loop stood still: loading a scene, a breakpoint, a sleeping computer. Microseconds of a
    /// monotonic clock.
    /// </summary>
    public sealed class FrameGaps
    {
        private readonly long _longest;
        private long _last = long.MinValue;

        /// <param name="longestMicros">A longer time between two frames counts.</param>
        public FrameGaps(long longestMicros = 1000000)
        {
            _longest = longestMicros;
        }

        public int Count { get; private set; }

        /// <summary>At each frame. True in the first frame after a gap; `micros` says how long it was.</summary>
        public bool Frame(long nowMicros, out long micros)
        {
            micros = _last == long.MinValue ? 0 : nowMicros - _last;
            _last = nowMicros;
            if (micros <= _longest) return false;
            Count++;
            return true;
        }
    }
}
