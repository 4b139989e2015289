using System;

namespace EchoRuntime
{
    public enum SupervisorState
    {
        /// <summary>Not begun, or stopped.</summary>
        Stopped,
        /// <summary>Finding out whether a runtime is there already.</summary>
        Looking,
        /// <summary>A runtime that somebody else started is there; it is left alone.</summary>
        Attached,
        /// <summary>Started, and loading its models.</summary>
        Starting,
        Running,
        /// <summary>It ended; it will be started again.</summary>
        Waiting,
        /// <summary>It cannot be started, or ends again and again; <see cref="RuntimeSupervisor.Text"/> says why.</summary>
        GaveUp,
    }

    /// <summary>
    /// Keeps a runtime going: attaches to one that listens already, otherwise starts one, starts it again when it ends,
    /// and stops what it has started. Everything happens in <see cref="Tick"/>, which never waits; only
    /// <see cref="Stop"/> does, for a second at most. For one thread, mostly the game's.
    /// </summary>
    public sealed class RuntimeSupervisor : IDisposable
    {
        private const long LookAgainMicros = 5000000;
        private const int GraceMilliseconds = 1000;
        /// <summary>What one tick counts at most: time in which nobody ticks, as at a breakpoint, says nothing.</summary>
        private const long LongestTickMicros = 1000000;

        /// <summary>One that runs but does not answer for so long hangs. Loading models on a slow machine is quicker.</summary>
        public const long HungMicros = 180000000;

        /// <summary>What the command line exits with after a sentence to the user: starting it again changes nothing.</summary>
        private const int UsersMistake = 2;

        private readonly IProcessLauncher _launcher;
        private readonly IPortProbe _probe;
        private readonly RestartBackOff _backOff = new RestartBackOff();
        private readonly Func<string> _file;
        private readonly string _arguments, _folder;
        private IChildProcess _child;
        private long _started, _next, _ticked, _unanswered;

        /// <param name="file">The program; asked for at each start, and may throw <see cref="UsageException"/>.</param>
        public RuntimeSupervisor(
            Func<string> file, string arguments, string folder, IProcessLauncher launcher, IPortProbe probe)
        {
            _file = file;
            _arguments = arguments;
            _folder = folder;
            _launcher = launcher;
            _probe = probe;
            Log = new ProcessLog();
            Text = "";
        }

        public SupervisorState State { get; private set; }

        /// <summary>One sentence on the state, meant to be shown; "" where there is nothing to say.</summary>
        public string Text { get; private set; }

        /// <summary>What the runtime wrote.</summary>
        public ProcessLog Log { get; private set; }

        /// <summary>The system's number for the runtime that was started; 0 for none.</summary>
        public int ProcessId
        {
            get { return _child == null ? 0 : _child.Id; }
        }

        /// <summary>How often it was started.</summary>
        public int Starts { get; private set; }

        /// <summary>Begins, or begins anew after it was given up.</summary>
        public void Begin()
        {
            if (State != SupervisorState.Stopped && State != SupervisorState.GaveUp) return;
            _backOff.Reset();
            Look();
        }

        /// <summary>Call often, as at every frame. True when the state has changed.</summary>
        /// <param name="answers">A client is connected; one that is started and never answers is ended and started anew.</param>
        public bool Tick(long nowMicros, bool answers = true)
        {
            SupervisorState before = State;
            long passed = Math.Max(0, Math.Min(LongestTickMicros, nowMicros - _ticked));
            _ticked = nowMicros;
            _unanswered = answers ? 0 : _unanswered + passed;
            if (_child != null) Watch(nowMicros);
            else if (State == SupervisorState.Looking) Looked(nowMicros);
            else if (State == SupervisorState.Attached) StillThere(nowMicros);
            else if (State == SupervisorState.Waiting && nowMicros >= _next) Look();
            return State != before;
        }

        /// <summary>Ends the runtime if it was started here; an attached one is left alone.</summary>
        public void Stop()
        {
            if (_child != null)
            {
                _child.Stop(GraceMilliseconds);
                Drain();
                _child = null;
            }
            Say(SupervisorState.Stopped, "");
        }

        public void Dispose()
        {
            Stop();
        }

        private void Look()
        {
            Say(SupervisorState.Looking, "");
            _probe.Begin();
        }

        private void Looked(long now)
        {
            bool answers;
            if (!_probe.Take(out answers)) return;
            if (answers)
            {
                _next = now + LookAgainMicros;
                Say(SupervisorState.Attached, "A runtime is running already; it is used, and left running at the end.");
                return;
            }
            try
            {
                _child = _launcher.Start(_file(), _arguments, _folder);
                _started = now;
                _unanswered = 0;
                Starts++;
                Say(SupervisorState.Starting, "The runtime is loading its models.");
            }
            catch (UsageException error)
            {
                Say(SupervisorState.GaveUp, error.Message);
            }
        }

        private void StillThere(long now)
        {
            bool answers;
            if (_probe.Take(out answers) && !answers)
            {
                Look(); // once more before one is started: it may just be starting again by itself
                return;
            }
            if (now < _next) return;
            _next = now + LookAgainMicros;
            _probe.Begin();
        }

        private void Watch(long now)
        {
            bool running = _child.Running; // before its lines: what it wrote last is read then
            Drain();
            bool hangs = running && _unanswered >= HungMicros;
            if (running && !hangs) return;
            int code = hangs ? -1 : _child.ExitCode;
            _child.Stop(hangs ? GraceMilliseconds : 0);
            Drain();
            _child = null;
            string last = Log.Last(), words = last.Length > 0 ? " Its last words: " + last : "";
            string ended = hangs ? "has not answered for three minutes and was ended; it" : "ended (status " + code + ") and";
            if (code == UsersMistake)
            {
                Say(SupervisorState.GaveUp, "The runtime could not start." + words);
            }
            else if (_backOff.Ended(_started, now, out _next))
            {
                Say(SupervisorState.Waiting, "The runtime " + ended + " is started again in "
                    + Math.Max(1, (_next - now) / 1000000) + " s." + words);
            }
            else
            {
                Say(SupervisorState.GaveUp, "The runtime ended " + _backOff.Ends + " times in a row (status " + code
                    + ") and is not started again." + words);
            }
        }

        private void Drain()
        {
            for (string line = _child.TakeLine(); line != null; line = _child.TakeLine())
            {
                Log.Add(line);
                if (State == SupervisorState.Starting && line.Contains("\"event\": \"ready\"")) Say(SupervisorState.Running, "");
            }
        }

        private void Say(SupervisorState state, string text)
        {
            State = state;
            Text = text;
        }
    }
}
