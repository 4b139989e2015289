using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// A child by posix_spawnp (https://pubs.opengroup.org/onlinepubs/9699919799/functions/posix_spawn.html), its output
    /// and errors in one pipe. What belongs to the game besides is closed to it by the system's close-on-exec marks, or
    /// not at all: the runtime opens what it needs itself.
    /// </summary>
    internal sealed class UnixProcess : IChildProcess
    {
        private const int Terminate = 15, Kill = 9, WithoutWaiting = 1;
        /// <summary>Room for posix_spawn_file_actions_t: 80 bytes with glibc, 8 on macOS.</summary>
        private const int ActionsBytes = 512;
        private readonly PipeLines _lines;
        private bool _gone;
        private int _code = -1;

        private UnixProcess(int id, int output)
        {
            Id = id;
            _lines = new PipeLines(bytes => (int)Unix.Read(output, bytes), () => Unix.Close(output));
        }

        public int Id { get; private set; }

        public bool Running
        {
            get
            {
                int status;
                if (!_gone && Unix.Wait(Id, out status, WithoutWaiting) != 0)
                {
                    _gone = true; // −1: somebody else has asked for its status
                    _code = (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
                }
                return !_gone;
            }
        }

        public int ExitCode
        {
            get { return Running ? -1 : _code; }
        }

        public static UnixProcess Begin(string file, List<string> words, string folder)
        {
            if (!string.IsNullOrEmpty(folder)) throw new UsageException("This build starts the runtime in its own folder only.");
            words.Insert(0, file);
            var ends = new int[2];
            if (Unix.Pipe(ends) != 0) throw Refused(file, Marshal.GetLastWin32Error());
            IntPtr actions = Marshal.AllocHGlobal(ActionsBytes);
            IntPtr argv = Texts(words), environment = Texts(Environment());
            try
            {
                Unix.InitActions(actions);
                Unix.AddOpen(actions, 0, "/dev/null", 0, 0);
                Unix.AddDuplicate(actions, ends[1], 1);
                Unix.AddDuplicate(actions, ends[1], 2);
                Unix.AddClose(actions, ends[0]);
                Unix.AddClose(actions, ends[1]);
                int id, error = Unix.Spawn(out id, file, actions, IntPtr.Zero, argv, environment);
                Unix.DestroyActions(actions);
                if (error == 0) return new UnixProcess(id, ends[0]);
                Unix.Close(ends[0]);
                throw Refused(file, error);
            }
            finally
            {
                Unix.Close(ends[1]);
                Marshal.FreeHGlobal(actions);
                Free(argv);
                Free(environment);
            }
        }

        public string TakeLine()
        {
            return _lines.Take();
        }

        public void Stop(int graceMilliseconds)
        {
            if (!Running) return;
            Unix.Signal(Id, Terminate);
            for (int waited = 0; waited < graceMilliseconds && Running; waited += 10) Thread.Sleep(10);
            if (!Running) return;
            Unix.Signal(Id, Kill);
            for (int waited = 0; waited < 1000 && Running; waited += 10) Thread.Sleep(10);
        }

        private static UsageException Refused(string file, int error)
        {
            string why = error == 2 ? "there is no such program" : error == 13 ? "it may not be run" : "error " + error;
            return new UsageException("The runtime '" + file + "' could not be started: " + why + ".");
        }

        /// <summary>That of this process. (Its folder is taken over too: posix_spawn cannot set another everywhere.)</summary>
        private static List<string> Environment()
        {
            var all = new List<string>();
            foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            {
                all.Add(variable.Key + "=" + variable.Value);
            }
            return all;
        }

        /// <summary>An array of C texts that ends with null.</summary>
        private static IntPtr Texts(List<string> texts)
        {
            IntPtr array = Marshal.AllocHGlobal(IntPtr.Size * (texts.Count + 1));
            for (int i = 0; i < texts.Count; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(texts[i] + "\0");
                IntPtr text = Marshal.AllocHGlobal(bytes.Length);
                Marshal.Copy(bytes, 0, text, bytes.Length);
                Marshal.WriteIntPtr(array, i * IntPtr.Size, text);
            }
            Marshal.WriteIntPtr(array, texts.Count * IntPtr.Size, IntPtr.Zero);
            return array;
        }

        private static void Free(IntPtr array)
        {
            for (int i = 0; Marshal.ReadIntPtr(array, i * IntPtr.Size) != IntPtr.Zero; i++)
            {
                Marshal.FreeHGlobal(Marshal.ReadIntPtr(array, i * IntPtr.Size));
            }
            Marshal.FreeHGlobal(array);
        }
    }
}
