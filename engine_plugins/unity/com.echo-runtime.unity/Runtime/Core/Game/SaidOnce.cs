using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>Keeps a log readable: lets each sentence through once. For all threads.</summary>
    public sealed class SaidOnce
    {
        private const int Most = 512;
        private readonly HashSet<string> _said = new HashSet<string>();

        public bool First(string text)
        {
            lock (_said)
            {
                if (_said.Count >= Most) _said.Clear(); // a game that runs for weeks; better twice than without bound
                return _said.Add(text);
            }
        }

        public void Forget()
        {
            lock (_said) _said.Clear();
        }
    }
}
