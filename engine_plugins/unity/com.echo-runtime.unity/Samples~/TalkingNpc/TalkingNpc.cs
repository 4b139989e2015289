using EchoRuntime.Components;
using UnityEngine;

namespace EchoRuntime.Samples
{
    /// <summary>
    /// A small conversation: the NPC greets once it is open, speaks the next line when <see cref="Next"/> is called (by a
    /// button, an input action, a trigger), and stops when the player speaks over it.
    /// </summary>
    [RequireComponent(typeof(EchoNpc))]
    public sealed class TalkingNpc : MonoBehaviour
    {
        [Tooltip("Load Type: Decompress On Load.")]
        [SerializeField] private AudioClip[] lines = new AudioClip[0];
        [Tooltip("The words of each line, in the same order; they move the face too.")]
        [SerializeField] private string[] words = new string[0];
        [SerializeField] private bool greets = true;

        private EchoNpc _npc;
        private int _next;

        private void OnEnable()
        {
            _npc = GetComponent<EchoNpc>();
            _npc.OnOpened.AddListener(Opened);
            _npc.CueRaised += Raised;
        }

        private void OnDisable()
        {
            _npc.OnOpened.RemoveListener(Opened);
            _npc.CueRaised -= Raised;
        }

        /// <summary>Speaks the next line.</summary>
        public void Next()
        {
            if (lines.Length == 0) return;
            int line = _next++ % lines.Length;
            _npc.SetThinking(false);
            _npc.Speak(lines[line], line < words.Length ? words[line] : "");
        }

        private void Opened()
        {
            if (greets) Next();
        }

        private void Raised(CueEvent cue)
        {
            if (cue.Name == "interruption") _npc.Interrupt();
            else if (cue.Name == "player_turn_ends") _npc.SetThinking(true);
        }
    }
}
