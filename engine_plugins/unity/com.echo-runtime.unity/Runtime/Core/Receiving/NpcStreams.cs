using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// Everything received of one NPC. Receiving threads put in; the game's thread takes pictures, faces and cues; the
    /// sound device's thread pulls the voice. Each of these is for one thread at a time; none waits for the network.
    /// </summary>
    public sealed class NpcStreams
    {
        private readonly object _gate = new object();
        private readonly ReceiveOrder _order = new ReceiveOrder();
        private readonly LatestSlot<Picture> _latest = new LatestSlot<Picture>(new Picture(), new Picture(), new Picture());
        private readonly CurveTrack _faces = new CurveTrack();
        private readonly CueQueue<CueEvent> _cues = new CueQueue<CueEvent>();
        private readonly NpcVoice _voice = new NpcVoice();
        private TimedPictures _timed;
        private Picture _filling;
        private string _curves = "";
        private int _epoch, _run;
        private long _pictures, _taken;

        internal NpcStreams(string name)
        {
            Name = name;
        }

        public string Name { get; private set; }

        /// <summary>When something last came, on this process's clock; 0 = never.</summary>
        internal long HeardMicros;

        /// <summary>Whether its buffers may still grow.</summary>
        internal bool WarmingUp
        {
            get { return _pictures <= ReceiveCounts.WarmUp; }
        }

        /// <summary>Somebody holds on to it: it is not forgotten.</summary>
        internal bool Wanted;

        /// <summary>The highest epoch seen; rises with every interrupt.</summary>
        public uint Epoch
        {
            get { return unchecked((uint)Volatile.Read(ref _epoch)); }
        }

        /// <summary>Pictures received, pictures taken by the game, and messages of all types that never came.</summary>
        public void Counts(out long received, out long taken, out long lost, out long outdated)
        {
            lock (_gate)
            {
                received = _pictures;
                taken = _taken;
                outdated = _order.Outdated;
                lost = 0;
                for (int i = 0; i < 4; i++) lost += _order.Lost((StreamKind)i);
            }
        }

        // The game's thread -----------------------------------------------------------------------------------------

        /// <summary>
        /// Whether pictures wait for the time at which they are heard of, see <see cref="ShowPicture"/>. Say so before
        /// the first comes; costs up to ten buffers instead of three.
        /// </summary>
        public void FollowSound()
        {
            lock (_gate)
            {
                if (_timed == null) _timed = new TimedPictures();
            }
        }

        /// <summary>
        /// The newest picture, if it was not taken before. It belongs to the caller until the next one is taken. Never one
        /// from before an interrupt. Does not lock.
        /// </summary>
        public bool TakePicture(out Picture picture)
        {
            if (!_latest.Take(out picture)) return false;
            if (picture.Header.Epoch < Epoch || picture.Run != Volatile.Read(ref _run))
            {
                picture = null;
                return false;
            }
            _taken++;
            return true;
        }

        /// <summary>
        /// After <see cref="FollowSound"/>: the picture of an instant, if it is not the one shown already.
        /// </summary>
        /// <param name="timeMicros">On the runtime's clock, mostly what <see cref="HeardTime"/> says.</param>
        public bool ShowPicture(long timeMicros, out Picture picture)
        {
            picture = null;
            lock (_gate)
            {
                if (_timed == null || !_timed.Show(timeMicros, out picture)) return false;
            }
            _taken++;
            return true;
        }

        /// <summary>The face at an instant. False while none has come. See <see cref="CurveTrack.At"/>.</summary>
        /// <param name="curves">The curve set that the values are in.</param>
        public bool FaceAt(
            long timeMicros, float[] into, out int count, out Rotation head, out Position position, out Gaze gaze,
            out string curves)
        {
            lock (_gate)
            {
                curves = _curves;
                return _faces.At(timeMicros, into, out count, out head, out position, out gaze);
            }
        }

        /// <summary>The oldest event that was not taken; null when there is none.</summary>
        public CueEvent TakeCue()
        {
            lock (_gate) return _cues.Take();
        }

        /// <summary>
        /// The runtime's time that is being heard; while no sound device pulls, a playout's usual delay behind `runtimeNow`.
        /// </summary>
        public long HeardTime(long runtimeNow)
        {
            lock (_gate)
            {
                long? heard = _voice.Playout.TimeMicros;
                bool pulled = MonotonicClock.NowMicros - _voice.PulledMicros < 250000;
                return heard != null && pulled ? heard.Value : runtimeNow - 40000;
            }
        }

        // The sound device's thread -----------------------------------------------------------------------------------

        /// <summary>
        /// Fills `frames` × `channels` interleaved samples with the voice; silence where there is nothing to hear.
        /// Allocates nothing once it has been called with this size and rate.
        /// </summary>
        /// <param name="runtimeNow">The runtime's clock, in microseconds.</param>
        public void PullVoice(float[] into, int offset, int frames, int channels, int rate, long runtimeNow)
        {
            lock (_gate) _voice.Pull(into, offset, frames, channels, rate, runtimeNow, MonotonicClock.NowMicros);
        }

        /// <summary>What the voice does: samples of speech heard, how often it ran dry, the epoch that is heard.</summary>
        public void VoiceCounts(out long heard, out int underruns, out uint epoch, out long bufferedMicros)
        {
            lock (_gate)
            {
                heard = _voice.Playout.Heard;
                underruns = _voice.Playout.Underruns;
                epoch = _voice.Playout.Epoch;
                bufferedMicros = _voice.Playout.BufferedMicros;
            }
        }

        // The receiving threads ---------------------------------------------------------------------------------------

        /// <summary>Where the next picture's bytes go; the video thread's until it is put or thrown away.</summary>
        internal Picture BeginPicture()
        {
            if (_filling != null) return _filling;
            lock (_gate) return _filling = _timed != null ? _timed.Borrow() : _latest.Back;
        }

        /// <summary>The filled picture, if it is to be used, becomes the newest.</summary>
        internal bool PutPicture(long now)
        {
            Picture picture = _filling;
            Video header = picture.Header;
            _filling = null;
            lock (_gate)
            {
                bool timed = picture != _latest.Back;
                if (!Accept(StreamKind.Video, header))
                {
                    if (timed) _timed.GiveBack(picture);
                    return false;
                }
                picture.ReceivedMicros = now;
                picture.Run = _run;
                _pictures++;
                if (timed) _timed.Put(picture);
                else _latest.Publish();
                return true;
            }
        }

        internal bool Put(Coefficients header, float[] values)
        {
            lock (_gate)
            {
                if (!Accept(StreamKind.Coefficients, header)) return false;
                _curves = header.Curves;
                return _faces.Push(
                    header.Pts, values, header.Count, header.Head, header.Position, header.Gaze, header.Epoch);
            }
        }

        internal bool Put(Speech header, byte[] payload, int size)
        {
            lock (_gate)
            {
                if (!Accept(StreamKind.Speech, header)) return false;
                _voice.Push(header, payload, size);
                return true;
            }
        }

        internal bool Put(CueEvent cue)
        {
            lock (_gate)
            {
                if (!Accept(StreamKind.Event, cue)) return false;
                _cues.Put(cue);
                return true;
            }
        }

        /// <summary>A new run of the runtime: numbers, epochs and times begin anew.</summary>
        internal void Reset()
        {
            lock (_gate)
            {
                _order.Reset();
                Volatile.Write(ref _epoch, 0);
                Volatile.Write(ref _run, _run + 1);
                _faces.Reset();
                _voice.Reset();
                if (_timed != null) _timed.Reset();
            }
        }

        private bool Accept(StreamKind kind, Published header)
        {
            bool rose, taken = _order.Accept(kind, header.Seq, header.Epoch, header.Again, out rose);
            HeardMicros = MonotonicClock.NowMicros;
            if (!rose) return taken;
            // events that wait have happened all the same: they stay; the slot's picture is judged when it is taken
            _voice.RaiseEpoch(header.Epoch);
            if (_timed != null) _timed.RaiseEpoch(header.Epoch);
            Volatile.Write(ref _epoch, unchecked((int)header.Epoch));
            return taken;
        }
    }
}
