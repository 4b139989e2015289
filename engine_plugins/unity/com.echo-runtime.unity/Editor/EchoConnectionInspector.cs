using EchoRuntime.Components;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>The connection's state, and the log of the runtime that was started.</summary>
    [CustomEditor(typeof(EchoConnection))]
    internal sealed class EchoConnectionInspector : Editor
    {
        private const int ShownLines = 14;
        private Vector2 _scroll;

        public override void OnInspectorGUI()
        {
            DrawDefaultInspector();
            EditorGUILayout.Space();
            if (GUILayout.Button("Project settings")) SettingsService.OpenProjectSettings(EchoSettingsProvider.Path);
            if (!Application.isPlaying) return;
            var connection = (EchoConnection)target;
            string text = connection.StatusText;
            EditorGUILayout.LabelField("Status", connection.Status.ToString());
            if (text.Length > 0) EditorGUILayout.HelpBox(text, MessageType.Info);
            if (connection.Client != null && connection.Client.Welcome != null)
            {
                EditorGUILayout.LabelField("Runtime", connection.Client.Welcome.Runtime);
                EditorGUILayout.LabelField("Malformed messages", connection.Client.Counts.Malformed.ToString());
            }
            EchoRuntimeProcess process = connection.GetComponent<EchoRuntimeProcess>();
            if (process == null || process.Log == null) return;
            EditorGUILayout.LabelField("Process", process.State.ToString());
            if (process.StateText.Length > 0) EditorGUILayout.HelpBox(process.StateText, MessageType.Info);
            if (process.State == SupervisorState.GaveUp && GUILayout.Button("Start again")) process.Begin();
            string[] lines = process.Log.Lines();
            _scroll = EditorGUILayout.BeginScrollView(_scroll, GUILayout.Height(ShownLines * EditorGUIUtility.singleLineHeight));
            foreach (string line in lines) EditorGUILayout.LabelField(line);
            EditorGUILayout.EndScrollView();
        }

        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }
    }
}
