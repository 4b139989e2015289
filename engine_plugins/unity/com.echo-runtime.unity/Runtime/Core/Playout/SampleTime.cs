namespace EchoRuntime
{
    /// <summary>Microseconds to numbers of samples and back, rounded down, for all times the wire may carry.</summary>
    internal static class SampleTime
    {
        private const long Second = 1000000;

        public static long ToSamples(long micros, int rate)
        {
            long seconds = FloorDivide(micros, Second);
            return seconds * rate + (micros - seconds * Second) * rate / Second;
        }

        public static long ToMicros(long samples, int rate)
        {
            long seconds = FloorDivide(samples, rate);
            return seconds * Second + (samples - seconds * rate) * Second / rate;
        }

        public static long FloorDivide(long value, long by)
        {
            long quotient = value / by;
            return value % by < 0 ? quotient - 1 : quotient;
        }
    }
}
