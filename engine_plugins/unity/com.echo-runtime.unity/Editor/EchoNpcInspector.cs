using EchoRuntime.Components;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>An NPC in the inspector: its settings and, while the game runs, its state, latency and picture.</summary>
    [CustomEditor(typeof(EchoNpc))]
    internal sealed class EchoNpcInspector : Editor
    {
        private const float PreviewSide = 160f;
        private string _words = "Hello there.";

        public override void OnInspectorGUI()
        {
            DrawDefaultInspector();
            var npc = (EchoNpc)target;
            if (!NpcSession.IsName(npc.NpcName))
            {
                EditorGUILayout.HelpBox("A name has 1 to 64 letters, digits, '_', '-' or '.'.", MessageType.Error);
            }
            EditorGUILayout.Space();
            if (!Application.isPlaying)
            {
                EditorGUILayout.HelpBox("Press Play to see it here.", MessageType.None);
                return;
            }
            NpcSession session = npc.Session;
            if (session == null || !session.Open)
            {
                EchoConnection connection = EchoConnection.Shared;
                string why = connection == null ? "No connection." : connection.StatusText;
                EditorGUILayout.HelpBox(why.Length > 0 ? why : "The runtime is opening the NPC.", MessageType.Info);
                return;
            }
            Numbers(session);
            Preview(npc);
            _words = EditorGUILayout.TextField("Say", _words);
            if (GUILayout.Button("Speak text")) npc.SpeakText(_words);
            if (GUILayout.Button("Interrupt")) npc.Interrupt();
        }

        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }

        private static void Numbers(NpcSession session)
        {
            long received, taken, lost, outdated, heard, buffered;
            int underruns;
            uint epoch;
            session.Streams.Counts(out received, out taken, out lost, out outdated);
            session.Streams.VoiceCounts(out heard, out underruns, out epoch, out buffered);
            EditorGUILayout.LabelField("Latency", session.LatencyMilliseconds.ToString("0.0") + " ms since it was published");
            EditorGUILayout.LabelField("Pictures", received + " received, " + taken + " shown, " + lost + " messages lost");
            EditorGUILayout.LabelField("Voice", buffered / 1000 + " ms waiting, " + underruns + " underruns");
            if (session.Picture != null)
            {
                Video header = session.Picture.Header;
                EditorGUILayout.LabelField("Picture", header.Width + " × " + header.Height + " " + header.Format + ", " + header.Origin);
            }
        }

        private static void Preview(EchoNpc npc)
        {
            EchoFaceTexture face = npc.GetComponentInChildren<EchoFaceTexture>();
            if (face == null || face.Texture == null) return;
            Rect place = GUILayoutUtility.GetRect(PreviewSide, PreviewSide);
            EditorGUI.DrawPreviewTexture(place, face.Texture, null, ScaleMode.ScaleToFit);
        }
    }
}
