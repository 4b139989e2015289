using System;

namespace EchoRuntime
{
    /// <summary>What a <see cref="SpeechPlayout"/> is doing.</summary>
    public enum PlayoutState
    {
        Quiet,
        Priming,
        Playing,
    }

    /// <summary>
    /// Turns pieces of speech into what a sound device pulls, and says which instant is being heard: sound is the master.
    ///
    /// Playout runs a delay behind the runtime's clock, at least `primingMicros`. While somebody speaks, the samples
    /// pulled are the clock. When the next sample is not there, silence is played and the time stands still until
    /// `primingMicros` of sound wait again, or the utterance's last piece has come: nothing is skipped, the delay grows;
    /// it shrinks again in the silence that follows. A stall longer than `patienceMicros` counts as the end of the
    /// utterance. In silence, a playout that finds itself more than `patienceMicros` from where the clock says begins anew
    /// there: a clock has jumped. No more than <see cref="LimitMicros"/> of sound may wait.
    ///
    /// A pure data structure: no clock, no threads, no sockets. Times are microseconds on the runtime's clock. Allocates
    /// only while its buffer grows. Not for several threads at once.
    /// </summary>
    public sealed class SpeechPlayout
    {
        /// <summary>When more sound than this waits, pieces are refused: the sender does not keep to real time.</summary>
        public const long LimitMicros = 60000000;

        /// <summary>
        /// Pieces whose times miss each other by less follow each other without a gap: times are rounded, sound is not.
        /// </summary>
        private const long SnapMicros = 2000;

        /// <summary>Share of a silence by which a delay that has grown shrinks again.</summary>
        private const double CatchUp = 0.1;

        private readonly long _primingMicros, _patienceMicros;
        private readonly SpeechBuffer _waiting;
        private double _delayMicros;
        private bool _started, _measureDelay;
        private long _position, _waited;

        public SpeechPlayout(int rate = 16000, long primingMicros = 40000, long patienceMicros = 500000)
        {
            Rate = rate;
            _primingMicros = primingMicros;
            _patienceMicros = patienceMicros;
            _delayMicros = primingMicros;
            _waiting = new SpeechBuffer((int)(LimitMicros / 1000000) * rate + Limits.SoundBytes / 2);
        }

        /// <summary>Samples per second.</summary>
        public int Rate { get; private set; }

        public uint Epoch { get; private set; }

        public PlayoutState State { get; private set; }

        /// <summary>How often the next sample was not there.</summary>
        public int Underruns { get; private set; }

        /// <summary>Samples of speech that were pulled.</summary>
        public long Heard { get; private set; }

        /// <summary>
        /// The time of the next sample to be pulled; null before the first pull. It stands still while waiting, and goes
        /// back when speech begins that came too late for its time.
        /// </summary>
        public long? TimeMicros
        {
            get { return _started ? SampleTime.ToMicros(_position, Rate) : (long?)null; }
        }

        /// <summary>How far playout is behind the runtime's clock, as of the last silence.</summary>
        public long DelayMicros
        {
            get { return (long)_delayMicros; }
        }

        public long BufferedMicros
        {
            get { return _waiting.Samples * 1000000L / Rate; }
        }

        /// <summary>
        /// Takes in a piece, mono in [-1, 1], heard from `ptsMicros` on. False if it is of a lower epoch, or too much
        /// waits already. A higher epoch throws away everything that waits.
        /// </summary>
        public bool Push(long ptsMicros, float[] samples, int first, int count, uint epoch, bool last)
        {
            if (epoch < Epoch) return false;
            RaiseEpoch(epoch);
            if (BufferedMicros > LimitMicros) return false;
            long start = SampleTime.ToSamples(ptsMicros, Rate);
            bool follows = _waiting.Pieces > 0 || State != PlayoutState.Quiet;
            if (follows)
            {
                long tail = _waiting.Pieces > 0 ? _waiting.End : _position;
                // overlapping times are an error of the sender's; its samples are still in order
                if (start < tail || start - tail <= SnapMicros * Rate / 1000000) start = tail;
            }
            if (count > 0) return _waiting.Append(start, samples, first, count, last);
            if (last && _waiting.Pieces > 0) _waiting.EndHere();
            else if (last && State != PlayoutState.Quiet) FallQuiet();
            return true;
        }

        /// <summary>Throws away what waits when the epoch is higher than all so far: somebody was interrupted.</summary>
        public void RaiseEpoch(uint epoch)
        {
            if (epoch <= Epoch) return;
            Epoch = epoch;
            _waiting.Clear();
            FallQuiet();
        }

        /// <summary>Begins anew: another run of the runtime, with its own epochs and times.</summary>
        public void Reset()
        {
            Epoch = 0;
            State = PlayoutState.Quiet;
            _waiting.Clear();
            _delayMicros = _primingMicros;
            _started = _measureDelay = false;
        }

        /// <summary>The next `count` samples for the device; silence where there is nothing to hear.</summary>
        public void Pull(float[] into, int offset, int count, long nowMicros)
        {
            Array.Clear(into, offset, count);
            int filled = 0;
            if (State == PlayoutState.Quiet) Follow(count, nowMicros);
            while (filled < count)
            {
                if (State == PlayoutState.Quiet) filled += Rest(count - filled);
                else if (State == PlayoutState.Playing) filled += Play(into, offset + filled, count - filled);
                else if (!Primed(count - filled)) break;
            }
        }

        /// <summary>In silence the clock leads; a grown delay shrinks.</summary>
        private void Follow(int count, long nowMicros)
        {
            if (_started)
            {
                long behind = nowMicros - SampleTime.ToMicros(_position, Rate);
                if (Math.Abs(behind - _delayMicros) > _patienceMicros)
                {
                    _delayMicros = _primingMicros;
                    _started = _measureDelay = false;
                }
                else if (_measureDelay)
                {
                    _delayMicros = Math.Max(_primingMicros, behind);
                    _measureDelay = false;
                }
            }
            _delayMicros = Math.Max(_primingMicros, _delayMicros - CatchUp * count * 1000000 / Rate);
            long now = SampleTime.ToSamples(nowMicros - (long)_delayMicros, Rate);
            _position = _started ? Math.Max(_position, now) : now;
            _started = true;
        }

        /// <summary>Silence up to the next piece; there, begins to prime.</summary>
        private int Rest(int room)
        {
            if (_waiting.Pieces == 0 || _waiting.Start >= _position + room)
            {
                _position += room;
                return room;
            }
            long silence = Math.Max(0, _waiting.Start - _position);
            _position = _waiting.Start;
            State = PlayoutState.Priming;
            _waited = 0;
            return (int)silence;
        }

        /// <summary>Whether playing may go on. Otherwise the time stands still for `room` samples.</summary>
        private bool Primed(int room)
        {
            if (_waiting.AnyLast || _waiting.Samples * 1000000L >= _primingMicros * Rate)
            {
                State = PlayoutState.Playing;
                return true;
            }
            if (_waited * 1000000 >= _patienceMicros * Rate)
            {
                if (_waiting.Pieces > 0) State = PlayoutState.Playing; // better late than never
                else FallQuiet();
                return true;
            }
            _waited += room;
            return false;
        }

        private int Play(float[] into, int offset, int room)
        {
            if (_waiting.Pieces == 0)
            {
                Underruns++;
                State = PlayoutState.Priming;
                _waited = 0;
                return 0;
            }
            if (_waiting.Start > _position) // the sender left a gap
            {
                int silence = (int)Math.Min(room, _waiting.Start - _position);
                _position += silence;
                return silence;
            }
            bool ended;
            int taken = _waiting.Take(into, offset, room, out ended);
            _position += taken;
            Heard += taken;
            if (ended) FallQuiet();
            return taken;
        }

        private void FallQuiet()
        {
            if (State == PlayoutState.Quiet) return;
            State = PlayoutState.Quiet;
            _measureDelay = true;
        }
    }
}
