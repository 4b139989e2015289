using System.Collections;
using EchoRuntime.Components;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.TestTools;

namespace EchoRuntime.Tests
{
    /// <summary>Components without a runtime: they wait, and the scene goes on.</summary>
    public sealed class WithoutRuntimeTests
    {
        private GameObject _object;

        [SetUp]
        public void Settings()
        {
            EchoSettings.Current.startRuntime = false;
            EchoSettings.Current.port = 9; // nobody listens
        }

        [TearDown]
        public void Leave()
        {
            if (_object != null) Object.DestroyImmediate(_object);
        }

        [UnityTest]
        public IEnumerator AnNpcWaits()
        {
            _object = new GameObject("NPC");
            EchoNpc npc = _object.AddComponent<EchoNpc>();
            _object.AddComponent<EchoFaceTexture>();
            _object.AddComponent<AudioSource>();
            EchoSpeechAudio voice = _object.AddComponent<EchoSpeechAudio>();
            for (int i = 0; i < 30; i++) yield return null;
            Assert.IsFalse(npc.IsOpen);
            Assert.AreEqual(ClientStatus.Connecting, EchoConnection.Shared.Status);
            Assert.AreEqual(0f, voice.Level);
        }

        [UnityTest]
        public IEnumerator DisablingAndEnablingAgain()
        {
            _object = new GameObject("NPC");
            EchoNpc npc = _object.AddComponent<EchoNpc>();
            for (int i = 0; i < 5; i++)
            {
                npc.enabled = false;
                yield return null;
                npc.enabled = true;
                yield return null;
            }
            Assert.IsNotNull(npc.Session);
        }
    }
}
