using System;

namespace EchoRuntime
{
    /// <summary>
    /// Pieces of sound that wait to be heard, in one ring of samples that grows up to a bound. Counts are samples. Not
    /// for several threads at once.
    /// </summary>
    internal sealed class SpeechBuffer
    {
        private struct Piece
        {
            public long Start;
            public int Count;
            public bool Last;
        }

        private const int MostPieces = 1 << 16;
        private readonly int _most;
        private float[] _ring = new float[16];
        private Piece[] _pieces = new Piece[4];
        private int _head, _firstPiece, _lastOnes;

        public SpeechBuffer(int mostSamples)
        {
            _most = mostSamples;
        }

        public int Samples { get; private set; }

        public int Pieces { get; private set; }

        /// <summary>Whether an utterance ends among what waits.</summary>
        public bool AnyLast
        {
            get { return _lastOnes > 0; }
        }

        /// <summary>Of the next sample; there must be one.</summary>
        public long Start
        {
            get { return _pieces[_firstPiece].Start; }
        }

        /// <summary>Behind the last sample; there must be one.</summary>
        public long End
        {
            get
            {
                Piece last = _pieces[Place(Pieces - 1)];
                return last.Start + last.Count;
            }
        }

        /// <summary>False when it does not fit any more.</summary>
        public bool Append(long start, float[] samples, int first, int count, bool last)
        {
            if (count > _most - Samples || Pieces == MostPieces) return false;
            if (Samples + count > _ring.Length) Grow(Samples + count);
            int tail = (_head + Samples) % _ring.Length, whole = Math.Min(count, _ring.Length - tail);
            Array.Copy(samples, first, _ring, tail, whole);
            Array.Copy(samples, first + whole, _ring, 0, count - whole);
            Samples += count;
            if (Pieces == _pieces.Length) GrowPieces();
            _pieces[Place(Pieces)] = new Piece { Start = start, Count = count, Last = last };
            Pieces++;
            if (last) _lastOnes++;
            return true;
        }

        /// <summary>Lets the utterance end with the last piece that waits.</summary>
        public void EndHere()
        {
            int place = Place(Pieces - 1);
            if (_pieces[place].Last) return;
            _pieces[place].Last = true;
            _lastOnes++;
        }

        /// <summary>
        /// Takes up to `room` samples of the first piece. `ended`: it is used up and was its utterance's last.
        /// </summary>
        public int Take(float[] into, int offset, int room, out bool ended)
        {
            Piece piece = _pieces[_firstPiece];
            int taken = Math.Min(room, piece.Count), whole = Math.Min(taken, _ring.Length - _head);
            Array.Copy(_ring, _head, into, offset, whole);
            Array.Copy(_ring, 0, into, offset + whole, taken - whole);
            _head = (_head + taken) % _ring.Length;
            Samples -= taken;
            ended = false;
            if (taken == piece.Count)
            {
                ended = piece.Last;
                if (piece.Last) _lastOnes--;
                _firstPiece = Place(1);
                Pieces--;
            }
            else
            {
                _pieces[_firstPiece].Start += taken;
                _pieces[_firstPiece].Count -= taken;
            }
            return taken;
        }

        public void Clear()
        {
            Samples = Pieces = _head = _firstPiece = _lastOnes = 0;
        }

        private int Place(int index)
        {
            return (_firstPiece + index) % _pieces.Length;
        }

        private void Grow(int least)
        {
            var larger = new float[Math.Min(_most, Math.Max(4096, Math.Max(2 * _ring.Length, least)))];
            int whole = Math.Min(Samples, _ring.Length - _head);
            Array.Copy(_ring, _head, larger, 0, whole);
            Array.Copy(_ring, 0, larger, whole, Samples - whole);
            _ring = larger;
            _head = 0;
        }

        private void GrowPieces()
        {
            var larger = new Piece[2 * _pieces.Length];
            for (int i = 0; i < Pieces; i++) larger[i] = _pieces[Place(i)];
            _pieces = larger;
            _firstPiece = 0;
        }
    }
}
