using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// One NPC in a game: opened, its pictures shown at the time that is heard, its face, its events, its pauses. An engine
    /// layer calls <see cref="Frame"/> once per frame and reads what is there. All for the game's thread, but
    /// <see cref="Voice"/>, which the audio thread fills from.
    /// </summary>
    public sealed class NpcSession : IDisposable
    {
        private readonly EchoClient _client;
        private readonly float[] _values = new float[Limits.Curves];
        private readonly Attentiveness _attentiveness = new Attentiveness();
        private string[] _names = new string[0];
        private Rotation _head = Rotation.Identity;
        private Position _position;
        private Gaze _gaze;
        private string _namesOf = "";
        private int _count;

        /// <summary>Opens the NPC, now and whenever a runtime is connected anew.</summary>
        /// <param name="avatar">"" takes the avatar of the NPC's own name, or what the runtime has opened for it.</param>
        public NpcSession(EchoClient client, string npc, string avatar)
        {
            if (!string.IsNullOrEmpty(avatar) && !IsName(avatar))
            {
                throw new UsageException(
                    "The avatar is '" + FieldRules.Shown(avatar) + "'; it must be the name of a package: 1 to 64 letters, "
                    + "digits, '_', '-' or '.'. Folders are given to the runtime itself (--avatar).");
            }
            _client = client;
            Name = npc;
            Life = new GameLife(npc);
            Voice = new SpeechFilter();
            Streams = client.Open(npc, avatar ?? "");
            Streams.FollowSound();
            Voice.Speak(Streams, client);
        }

        /// <summary>Whether a text may name an NPC: 1 to 64 letters, digits, `_`, `-`, `.`.</summary>
        public static bool IsName(string text)
        {
            return text != null && FieldRules.IsName(text);
        }

        public string Name { get; private set; }

        public NpcStreams Streams { get; private set; }

        public GameLife Life { get; private set; }

        public SpeechFilter Voice { get; private set; }

        /// <summary>The runtime has opened it, and is connected.</summary>
        public bool Open { get; private set; }

        /// <summary>The picture of this frame; null before the first. Valid until the next <see cref="Frame"/>.</summary>
        public Picture Picture { get; private set; }

        /// <summary>A face has come.</summary>
        public bool HasFace { get; private set; }

        /// <summary>Coefficients of this frame, the first <see cref="Count"/> of them, in the order of <see cref="CurveNames"/>.</summary>
        public float[] Values
        {
            get { return _values; }
        }

        public int Count
        {
            get { return _count; }
        }

        /// <summary>Names of the coefficients; empty while they are not known.</summary>
        public string[] CurveNames
        {
            get { return _names; }
        }

        /// <summary>Pose and gaze of this frame, in the protocol's axes; see <see cref="HeadAxes"/>.</summary>
        public Rotation Head
        {
            get { return _head; }
        }

        public Position Position
        {
            get { return _position; }
        }

        public Gaze Gaze
        {
            get { return _gaze; }
        }

        /// <summary>Age of the shown picture when it was taken, in milliseconds since it was handed to the socket.</summary>
        public double LatencyMilliseconds { get; private set; }

        /// <summary>A notice of the client, to all of its NPCs. True when it was about this one.</summary>
        public bool Notice(Notice notice)
        {
            if (notice.Kind == NoticeKind.Status && notice.Status != ClientStatus.Connected) Open = false;
            if (notice.Npc != Name) return false;
            if (notice.Kind == NoticeKind.Opened)
            {
                Open = true;
                _attentiveness.Forget();
                Life.Opened(_client.Welcome == null ? "" : _client.Welcome.Run);
            }
            return true;
        }

        /// <summary>
        /// Sends what the game's pauses ask for, and holds the voice. Each frame does it; call it whenever
        /// <see cref="Life"/> was told something, since no frame may follow: a paused engine has none.
        /// </summary>
        public void TellPause()
        {
            if (_client.Status == ClientStatus.Connected && Open)
            {
                Command command = Life.Next(Can("pause"));
                if (command != null) _client.Begin(command);
            }
            else if (_client.Status != ClientStatus.Connected) Open = false;
            Voice.Held = Life.Still;
        }

        /// <summary>At each frame: sends what the game's pauses ask for. True when there is another picture.</summary>
        public bool Frame()
        {
            TellPause();
            long heard = Streams.HeardTime(_client.RuntimeNow);
            string curves;
            HasFace = Streams.FaceAt(heard, _values, out _count, out _head, out _position, out _gaze, out curves);
            if (HasFace && (curves != _namesOf || _names.Length == 0)) Learn(curves);
            Picture picture;
            if (!Streams.ShowPicture(heard, out picture)) return false;
            Picture = picture;
            if (picture.Header.PublishedMicros != 0)
            {
                LatencyMilliseconds = (_client.RuntimeNow - picture.Header.PublishedMicros) / 1000.0;
            }
            return true;
        }

        /// <summary>Whether the runtime has a capability.</summary>
        public bool Can(string capability)
        {
            Welcome welcome = _client.Welcome;
            return welcome != null && welcome.Caps.Contains(capability);
        }

        /// <summary>The player looks at the NPC so much; sent when it has changed.</summary>
        public void Attention(double share)
        {
            if (!Open || !Can("attention")) return;
            if (_attentiveness.WorthTelling(share, MonotonicClock.NowMicros)) Send(new Attention { Npc = Name, Value = share });
        }

        /// <summary>Sends a whole sound. Throws <see cref="UsageException"/> for one that cannot be spoken.</summary>
        public Utterance Speak(SpeechClip clip, string text)
        {
            Utterance utterance = _client.Speak(Name, clip.Rate, 1, text ?? "");
            if (!utterance.Append(clip.Pcm, 0, clip.Pcm.Length))
            {
                utterance.End();
                throw new UsageException(
                    "The speech is " + (int)clip.Seconds + " s long; at most " + Utterance.MostSeconds + " s can wait.");
            }
            utterance.End();
            return utterance;
        }

        /// <summary>A command that wants no answer of its own; a refusal comes as a warning.</summary>
        public void Send(Command command)
        {
            _client.Send(command, new byte[0], 0, 0);
        }

        /// <summary>The game ends or is reloaded: falls silent, and leaves the NPC open for who comes back.</summary>
        public void Leave()
        {
            Voice.Speak(null, null);
            Open = false;
        }

        /// <summary>Closes the NPC at the runtime.</summary>
        public void Dispose()
        {
            Leave();
            _client.Close(Name);
        }

        /// <summary>WELCOME carries the names of the set that the runtime publishes.</summary>
        private void Learn(string curves)
        {
            Welcome welcome = _client.Welcome;
            if (welcome == null) return;
            List<object> names = welcome.CurveSets.List(curves);
            if (names == null || names.Count == 0) return;
            _names = names.ConvertAll(name => (string)name).ToArray();
            _namesOf = curves;
        }
    }
}
