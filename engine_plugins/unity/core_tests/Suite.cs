using System;
using System.Collections.Generic;
using System.IO;

namespace EchoRuntime.CoreTests
{
    /// <summary>Named tests, run one after the other.</summary>
    internal sealed class Suite
    {
        private readonly List<KeyValuePair<string, Action>> _tests = new List<KeyValuePair<string, Action>>();
        private readonly string _vectors;

        public Suite(string vectors)
        {
            _vectors = vectors;
        }

        public void Add(string name, Action test)
        {
            _tests.Add(new KeyValuePair<string, Action>(name, test));
        }

        /// <summary>The entries of a file of golden vectors.</summary>
        public List<object> Vectors(string file)
        {
            return (List<object>)Read(file);
        }

        public MessageMap VectorMap(string file)
        {
            return (MessageMap)Read(file);
        }

        private object Read(string file)
        {
            return Json.Parse(File.ReadAllText(Path.Combine(_vectors, file)));
        }

        /// <summary>
        /// Runs the tests whose name contains `part`; prints a line for each, and returns how many failed.
        /// </summary>
        public int Run(string part)
        {
            int failed = 0, passed = 0, skipped = 0;
            foreach (KeyValuePair<string, Action> test in _tests)
            {
                if (test.Key.IndexOf(part, StringComparison.Ordinal) < 0) continue;
                try
                {
                    test.Value();
                    passed++;
                    Console.WriteLine("ok      " + test.Key);
                }
                catch (Skipped why)
                {
                    skipped++;
                    Console.WriteLine("skipped " + test.Key + ": " + why.Message);
                }
                catch (CheckFailed error)
                {
                    failed++;
                    Console.WriteLine("FAILED  " + test.Key + ": " + error.Message);
                }
                catch (Exception error)
                {
                    failed++;
                    Console.WriteLine("FAILED  " + test.Key + ": " + error);
                }
            }
            Console.WriteLine(passed + " passed, " + failed + " failed, " + skipped + " skipped");
            return passed + failed + skipped == 0 ? 1 : failed;
        }
    }
}
