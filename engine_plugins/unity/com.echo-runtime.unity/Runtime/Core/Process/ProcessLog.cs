using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>The last lines that a process wrote; older ones are dropped. For all threads.</summary>
    public sealed class ProcessLog
    {
        /// <summary>Characters of a line that are kept.</summary>
        public const int LineLength = 2000;

        private readonly object _gate = new object();
        private readonly Queue<string> _lines = new Queue<string>();
        private readonly int _size;
        private long _written;

        /// <param name="size">Lines that are kept.</param>
        public ProcessLog(int size = 400)
        {
            _size = size;
        }

        /// <summary>Lines that were ever written: changes whenever there is something new to show.</summary>
        public long Written
        {
            get { lock (_gate) return _written; }
        }

        public void Add(string line)
        {
            if (line == null) return;
            if (line.Length > LineLength) line = line.Substring(0, LineLength) + "…";
            lock (_gate)
            {
                _lines.Enqueue(line);
                _written++;
                if (_lines.Count > _size) _lines.Dequeue();
            }
        }

        public string[] Lines()
        {
            lock (_gate) return _lines.ToArray();
        }

        /// <summary>The last line that is not empty; "" while there is none.</summary>
        public string Last()
        {
            lock (_gate)
            {
                string last = "";
                foreach (string line in _lines)
                {
                    if (line.Trim().Length > 0) last = line.Trim();
                }
                return last;
            }
        }

        public void Clear()
        {
            lock (_gate) _lines.Clear();
        }
    }
}
