using System;

namespace EchoRuntime
{
    /// <summary>
    /// The NPC's voice in an engine's audio callback. What the callback consumes is the clock that pictures and face
    /// follow. The game's thread sets the source, the audio thread calls <see cref="Fill"/>: no locks of the game are
    /// taken, nothing is allocated once it runs.
    /// </summary>
    public sealed class SpeechFilter
    {
        private sealed class Source
        {
            public NpcStreams Npc;
            public EchoClient Client;
        }

        private volatile Source _source;
        private volatile bool _held;
        private float[] _voice = new float[0];
        private float _level;

        /// <summary>The loudest sample of the last block, 0 to 1; for meters.</summary>
        public float Level
        {
            get { return _level; }
        }

        /// <summary>Whose voice it is; null for silence. The game's thread.</summary>
        public void Speak(NpcStreams npc, EchoClient client)
        {
            _source = npc == null || client == null ? null : new Source { Npc = npc, Client = client };
        }

        /// <summary>
        /// While held nothing is consumed and silence is played: a paused game, whose audio may run on. The game's thread.
        /// </summary>
        public bool Held
        {
            get { return _held; }
            set { _held = value; }
        }

        /// <summary>Fills a block. The audio thread.</summary>
        /// <param name="data">Interleaved.</param>
        /// <param name="shaped">
        /// True: `data` holds what a constant sound of 1 has become on its way through the engine's panning and
        /// attenuation, and is multiplied by the voice. False: it is overwritten.
        /// </param>
        public void Fill(float[] data, int channels, int rate, bool shaped)
        {
            Source source = _source;
            int frames = channels > 0 ? data.Length / channels : 0;
            if (source == null || _held || frames == 0 || rate < 1)
            {
                Array.Clear(data, 0, data.Length);
                _level = 0f;
                return;
            }
            if (_voice.Length < frames) _voice = new float[frames];
            source.Npc.PullVoice(_voice, 0, frames, 1, rate, source.Client.RuntimeNow);
            float level = 0f;
            for (int i = 0; i < frames; i++)
            {
                float sample = _voice[i];
                level = Math.Max(level, Math.Abs(sample));
                for (int c = 0; c < channels; c++)
                {
                    int at = i * channels + c;
                    data[at] = shaped ? data[at] * sample : sample;
                }
            }
            _level = level;
        }
    }
}
