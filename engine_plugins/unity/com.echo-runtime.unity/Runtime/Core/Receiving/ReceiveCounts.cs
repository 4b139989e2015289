using System;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>What has been received, and what was wrong with it. For all threads.</summary>
    public sealed class ReceiveCounts
    {
        private long _malformed, _unknown, _messages, _pictures, _allocatedFirst, _allocatedLast, _picturesFirst;
        private readonly LatencyRecord _latencies = new LatencyRecord();
        private volatile string _lastMalformed = "";

        /// <summary>Messages that were refused.</summary>
        public long Malformed
        {
            get { return Interlocked.Read(ref _malformed); }
        }

        /// <summary>Messages of types that this version does not know.</summary>
        public long Unknown
        {
            get { return Interlocked.Read(ref _unknown); }
        }

        public long Messages
        {
            get { return Interlocked.Read(ref _messages); }
        }

        /// <summary>What was wrong with the last refused message; "" while none was.</summary>
        public string LastMalformed
        {
            get { return _lastMalformed; }
        }

        /// <summary>
        /// A count of the bytes that the calling thread has allocated, for measuring; set it before anything is received.
        /// Null where it is not measured.
        /// </summary>
        public Func<long> ThreadAllocation;

        /// <summary>
        /// Bytes that the video thread has allocated for each picture since every NPC had its first `WarmUp` ones and all
        /// buffers were filled once; NaN where it was not measured.
        /// </summary>
        public double AllocatedPerPicture
        {
            get
            {
                long pictures = Interlocked.Read(ref _pictures) - Interlocked.Read(ref _picturesFirst);
                if (ThreadAllocation == null || _picturesFirst == 0 || pictures <= 0) return double.NaN;
                return (Interlocked.Read(ref _allocatedLast) - Interlocked.Read(ref _allocatedFirst)) / (double)pictures;
            }
        }

        /// <summary>
        /// Publish to slot of the newest pictures, in milliseconds on the runtime's clock; NaN while there is none.
        /// </summary>
        public double Latency(double share)
        {
            lock (_latencies) return _latencies.Percentile(share);
        }

        /// <summary>Begins measuring latencies anew.</summary>
        public void ClearLatency()
        {
            lock (_latencies) _latencies.Clear();
        }

        /// <summary>Pictures of an NPC after which its buffers have their size.</summary>
        public const int WarmUp = 30;

        internal void CountLatency(long micros)
        {
            lock (_latencies) _latencies.Add(micros);
        }

        internal void CountMalformed(string text)
        {
            Interlocked.Increment(ref _malformed);
            _lastMalformed = text;
        }

        internal void CountUnknown()
        {
            Interlocked.Increment(ref _unknown);
        }

        internal void CountMessage()
        {
            Interlocked.Increment(ref _messages);
        }

        internal void CountPicture(bool warmingUp)
        {
            long count = Interlocked.Increment(ref _pictures);
            if (ThreadAllocation == null) return;
            long allocated = ThreadAllocation();
            if (warmingUp || allocated < _allocatedLast) // less than before: another thread, after a restart
            {
                Interlocked.Exchange(ref _picturesFirst, count);
                Interlocked.Exchange(ref _allocatedFirst, allocated);
            }
            Interlocked.Exchange(ref _allocatedLast, allocated);
        }
    }
}
