using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// Sound on its way into an NPC's mouth. It is sent in pieces as the runtime has room; what waits here is bounded.
    /// For all threads.
    /// </summary>
    public sealed class Utterance
    {
        /// <summary>Seconds of sound that may wait here.</summary>
        public const int MostSeconds = 600;

        private readonly object _gate = new object();
        private readonly Queue<byte[]> _pieces = new Queue<byte[]>();
        private readonly int _pieceBytes, _frameBytes;
        private byte[] _partial = new byte[0];
        private long _waitingBytes;
        private bool _ended;

        internal Utterance(string npc, uint label, int rate, int channels, bool realTime)
        {
            Npc = npc;
            Label = label;
            Rate = rate;
            Channels = channels;
            _frameBytes = 2 * channels;
            _pieceBytes = (int)(rate * SpeechPacing.PieceMicros / 1000000) * _frameBytes;
            Pacing = new SpeechPacing(realTime);
        }

        public string Npc { get; private set; }

        public uint Label { get; private set; }

        public int Rate { get; private set; }

        public int Channels { get; private set; }

        /// <summary>The whole: finished when the last sample has been heard, or with the code why not.</summary>
        public PendingCommand Speech { get; internal set; }

        internal SpeechPacing Pacing { get; private set; }

        /// <summary>
        /// Adds PCM16, little-endian, interleaved. False when too much waits, or it has ended: nothing was added then.
        /// </summary>
        public bool Append(byte[] pcm, int offset, int count)
        {
            lock (_gate)
            {
                if (_ended || _waitingBytes + count > (long)MostSeconds * Rate * _frameBytes) return false;
                _waitingBytes += count;
                while (count > 0)
                {
                    int taken = Math.Min(count, _pieceBytes - _partial.Length);
                    int held = _partial.Length;
                    Array.Resize(ref _partial, held + taken);
                    Buffer.BlockCopy(pcm, offset, _partial, held, taken);
                    offset += taken;
                    count -= taken;
                    if (_partial.Length == _pieceBytes) Cut(_pieceBytes);
                }
                return true;
            }
        }

        /// <summary>Nothing more will be added; half a sample at the end is dropped.</summary>
        public void End()
        {
            lock (_gate)
            {
                if (_ended) return;
                _ended = true;
                Cut(_partial.Length / _frameBytes * _frameBytes);
            }
        }

        /// <summary>The next piece; null while there is none.</summary>
        internal byte[] Next()
        {
            lock (_gate)
            {
                if (_pieces.Count == 0) return null;
                byte[] piece = _pieces.Dequeue();
                _waitingBytes -= piece.Length;
                return piece;
            }
        }

        internal bool HasPiece
        {
            get { lock (_gate) return _pieces.Count > 0; }
        }

        internal bool IsOver
        {
            get { lock (_gate) return _ended && _pieces.Count == 0; }
        }

        internal long MicrosOf(int bytes)
        {
            return bytes / _frameBytes * 1000000L / Rate;
        }

        private void Cut(int count)
        {
            if (count > 0)
            {
                if (_partial.Length != count) Array.Resize(ref _partial, count);
                _pieces.Enqueue(_partial);
            }
            _partial = new byte[0];
        }
    }
}
