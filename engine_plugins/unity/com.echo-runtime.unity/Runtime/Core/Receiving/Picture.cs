namespace EchoRuntime
{
    /// <summary>A received picture. Its buffer is used again: read it before the next one is taken.</summary>
    public sealed class Picture
    {
        internal Video Scratch = new Video();
        internal byte[] Buffer = new byte[0];
        internal bool Filled;

        /// <summary>Size, format, times, camera and pose.</summary>
        public Video Header
        {
            get { return Scratch; }
        }

        /// <summary>
        /// The first <see cref="Length"/> bytes are the picture, in the form that the header's format says; the array may
        /// be longer.
        /// </summary>
        public byte[] Bytes
        {
            get { return Buffer; }
        }

        public int Length { get; internal set; }

        /// <summary>When it was complete, in microseconds on this process's <see cref="MonotonicClock"/>.</summary>
        public long ReceivedMicros { get; internal set; }

        /// <summary>
        /// Counts the runs of the runtime that this client has met; what came before a restart has a lower one.
        /// </summary>
        public int Run { get; internal set; }
    }
}
