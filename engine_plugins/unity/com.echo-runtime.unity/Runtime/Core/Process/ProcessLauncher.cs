namespace EchoRuntime
{
    /// <summary>A process that was started and is watched.</summary>
    public interface IChildProcess
    {
        bool Running { get; }

        /// <summary>The operating system's number for it.</summary>
        int Id { get; }

        /// <summary>Once it has ended; −1 where the system does not tell.</summary>
        int ExitCode { get; }

        /// <summary>The next line that it wrote, to either of its streams; null when there is none.</summary>
        string TakeLine();

        /// <summary>Asks it to end, then ends it with all that it has started. Returns when it is gone or given up.</summary>
        /// <param name="graceMilliseconds">How long it may take to end by itself.</param>
        void Stop(int graceMilliseconds);
    }

    /// <summary>How processes are started: the operating system's way, or a test's.</summary>
    public interface IProcessLauncher
    {
        /// <summary>Throws <see cref="UsageException"/> with a sentence when it cannot be started.</summary>
        IChildProcess Start(string file, string arguments, string folder);
    }
}
