using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace EchoRuntime
{
    /// <summary>
    /// Processes of the operating system (https://learn.microsoft.com/dotnet/api/system.diagnostics.process). Not there
    /// under IL2CPP, which has no such class: that is for <see cref="NativeProcessLauncher"/>.
    /// </summary>
    public sealed class SystemProcessLauncher : IProcessLauncher
    {
        public IChildProcess Start(string file, string arguments, string folder)
        {
            var start = new ProcessStartInfo(file, arguments)
            {
                WorkingDirectory = folder ?? "",
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            };
            try
            {
                return new SystemProcess(Process.Start(start));
            }
            catch (System.ComponentModel.Win32Exception error)
            {
                throw new UsageException("The runtime '" + file + "' could not be started: " + error.Message + ".");
            }
            catch (IOException error)
            {
                throw new UsageException("The runtime '" + file + "' could not be started: " + error.Message);
            }
            catch (NotSupportedException)
            {
                throw new UsageException(
                    "This build cannot start processes (IL2CPP has none): start the runtime yourself; it is attached to.");
            }
        }
    }

    internal sealed class SystemProcess : IChildProcess
    {
        private const int WaitingLines = 1000;
        private readonly Process _process;
        private readonly Queue<string> _lines = new Queue<string>();

        public SystemProcess(Process process)
        {
            _process = process;
            Id = process.Id;
            process.OutputDataReceived += Written;
            process.ErrorDataReceived += Written;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public bool Running
        {
            get { return !_process.HasExited; }
        }

        public int Id { get; private set; }

        public int ExitCode
        {
            get
            {
                try
                {
                    return _process.ExitCode;
                }
                catch (InvalidOperationException)
                {
                    return -1;
                }
            }
        }

        public string TakeLine()
        {
            lock (_lines) return _lines.Count > 0 ? _lines.Dequeue() : null;
        }

        public void Stop(int graceMilliseconds)
        {
            try
            {
                if (!_process.HasExited)
                {
                    bool windows = Path.DirectorySeparatorChar == '\\';
                    // a console program without a window has no gentle way out on Windows; elsewhere SIGTERM is one
                    if (windows) Call("taskkill", "/PID " + Id + " /T /F");
                    else Call("kill", "-TERM " + Id);
                    if (!_process.WaitForExit(graceMilliseconds)) _process.Kill();
                }
            }
            catch (InvalidOperationException)
            {
                // it ended by itself in the meantime
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // it is ending
            }
            _process.Close();
        }

        private static void Call(string tool, string arguments)
        {
            var start = new ProcessStartInfo(tool, arguments) { UseShellExecute = false, CreateNoWindow = true };
            using (Process call = Process.Start(start)) call.WaitForExit(2000);
        }

        private void Written(object sender, DataReceivedEventArgs line)
        {
            if (line.Data == null) return;
            lock (_lines)
            {
                if (_lines.Count == WaitingLines) _lines.Dequeue();
                _lines.Enqueue(line.Data);
            }
        }
    }
}
