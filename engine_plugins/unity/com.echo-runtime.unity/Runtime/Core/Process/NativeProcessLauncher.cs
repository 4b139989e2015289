using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// Processes by the system's own calls, for builds with IL2CPP, which has no System.Diagnostics.Process: posix_spawn
    /// on Linux and macOS, CreateProcess on Windows.
    /// </summary>
    public sealed class NativeProcessLauncher : IProcessLauncher
    {
        public IChildProcess Start(string file, string arguments, string folder)
        {
            try
            {
                return Path.DirectorySeparatorChar == '\\'
                    ? (IChildProcess)WindowsProcess.Begin(file, arguments, folder)
                    : UnixProcess.Begin(file, RuntimeCommand.Words(arguments), folder);
            }
            catch (Exception error) when (error is DllNotFoundException || error is EntryPointNotFoundException
                || error is TypeInitializationException)
            {
                throw new UsageException("This system's way to start processes was not found ("
                    + error.GetBaseException().Message + "): start the runtime yourself; it is attached to.");
            }
        }
    }

    /// <summary>What a child writes: read in a thread of its own, kept as lines.</summary>
    internal sealed class PipeLines
    {
        private const int WaitingLines = 1000;
        private readonly Queue<string> _lines = new Queue<string>();
        private readonly Func<byte[], int> _read;
        private readonly Action _end;

        /// <param name="read">Waits for bytes; 0 or less at the end.</param>
        /// <param name="end">Closes what is read from.</param>
        public PipeLines(Func<byte[], int> read, Action end)
        {
            _read = read;
            _end = end;
            new Thread(Run) { IsBackground = true, Name = "echo-process" }.Start();
        }

        public string Take()
        {
            lock (_lines) return _lines.Count > 0 ? _lines.Dequeue() : null;
        }

        private void Run()
        {
            var bytes = new byte[4096];
            var line = new StringBuilder();
            Decoder text = new UTF8Encoding(false).GetDecoder();
            var letters = new char[4096];
            for (int count = _read(bytes); count > 0; count = _read(bytes))
            {
                int read = text.GetChars(bytes, 0, count, letters, 0);
                for (int i = 0; i < read; i++)
                {
                    if (letters[i] == '\n') Put(line);
                    else if (line.Length < 65536) line.Append(letters[i]);
                }
            }
            if (line.Length > 0) Put(line);
            _end();
        }

        private void Put(StringBuilder line)
        {
            lock (_lines)
            {
                if (_lines.Count == WaitingLines) _lines.Dequeue();
                _lines.Enqueue(line.ToString().TrimEnd('\r'));
            }
            line.Length = 0;
        }
    }
}
