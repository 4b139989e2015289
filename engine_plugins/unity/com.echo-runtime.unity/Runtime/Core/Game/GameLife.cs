namespace EchoRuntime
{
    /// <summary>
    /// What a game's pauses mean for one NPC. The game reports what happens to it; <see cref="Next"/> says which command
    /// the runtime is to get: `pause` when the NPC should stand still, `resume` when it should go on, each once, and again
    /// after the runtime was restarted. A pure data structure, for the game's thread.
    /// </summary>
    public sealed class GameLife
    {
        private readonly string _npc;
        private bool _paused, _halted, _away, _stopped, _told;
        private string _run;

        public GameLife(string npc)
        {
            _npc = npc;
            WithTimeScale = true;
        }

        /// <summary>The NPC also stands still while the game's time scale is 0. Default true.</summary>
        public bool WithTimeScale { get; set; }

        /// <summary>The NPC also stands still while the game has no focus. Default false.</summary>
        public bool WithoutFocus { get; set; }

        /// <summary>Whether the NPC is to stand still.</summary>
        public bool Still
        {
            get { return _paused || _halted || _away && WithoutFocus || _stopped && WithTimeScale; }
        }

        /// <summary>The application was paused or goes on.</summary>
        public void Paused(bool paused)
        {
            _paused = paused;
        }

        /// <summary>The editor's pause button, which is no pause of the application.</summary>
        public void Halted(bool halted)
        {
            _halted = halted;
        }

        public void Focused(bool focused)
        {
            _away = !focused;
        }

        /// <summary>The factor of the game's time; 0 stops it. Slower or faster time leaves a conversation as it is.</summary>
        public void TimeScale(float scale)
        {
            _stopped = scale <= 0f;
        }

        /// <summary>The NPC was opened, in this run of the runtime: what another run was told is forgotten.</summary>
        public void Opened(string run)
        {
            if (run != _run) _told = false;
            _run = run;
        }

        /// <summary>The command to send now; null for none. Ask only while connected and the NPC is open.</summary>
        /// <param name="canPause">The runtime has the capability `pause`.</param>
        public Command Next(bool canPause)
        {
            if (!canPause || _run == null || Still == _told) return null;
            _told = Still;
            return _told ? (Command)new Pause { Npc = _npc } : new Resume { Npc = _npc };
        }
    }
}
