// The NPC's picture on a head mesh. The picture carries its own light: it is shown unlit over the head's base texture.
Shader "Echo Runtime/Face Projection"
{
    Properties
    {
        _BaseMap ("Base Map", 2D) = "white" {}
        _BaseColor ("Base Color", Color) = (1, 1, 1, 1)
        _EchoFace ("Face", 2D) = "black" {}
        _Edge ("Soft Edge", Range(0.001, 0.3)) = 0.06
    }

    // HDRP: positions are relative to the camera there
    SubShader
    {
        PackageRequirements { "com.unity.render-pipelines.high-definition" }
        Tags { "RenderPipeline" = "HDRenderPipeline" "RenderType" = "HDUnlitShader" "Queue" = "Geometry" }
        Pass
        {
            Name "ForwardOnly"
            Tags { "LightMode" = "ForwardOnly" }
            HLSLPROGRAM
            #pragma target 4.5
            #pragma vertex Vertex
            #pragma fragment Fragment
            #pragma multi_compile_instancing
            #include "Packages/com.unity.render-pipelines.core/ShaderLibrary/Common.hlsl"
            #include "Packages/com.unity.render-pipelines.high-definition/Runtime/ShaderLibrary/ShaderVariables.hlsl"
            #include "EchoFaceProjection.hlsl"

            TEXTURE2D(_BaseMap);
            SAMPLER(sampler_BaseMap);
            TEXTURE2D(_EchoFace);
            SAMPLER(sampler_EchoFace);
            float4 _BaseColor;
            float _Edge;

            struct Input
            {
                float4 position : POSITION;
                float3 normal : NORMAL;
                float2 uv : TEXCOORD0;
                UNITY_VERTEX_INPUT_INSTANCE_ID
            };

            struct Between
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
                float4 place : TEXCOORD1;
                float3 normal : TEXCOORD2;
                UNITY_VERTEX_OUTPUT_STEREO
            };

            Between Vertex(Input input)
            {
                Between output;
                UNITY_SETUP_INSTANCE_ID(input);
                UNITY_INITIALIZE_VERTEX_OUTPUT_STEREO(output);
                float3 relative = TransformObjectToWorld(input.position.xyz);
                output.position = TransformWorldToHClip(relative);
                output.place = EchoFacePlace(GetAbsolutePositionWS(relative));
                output.normal = TransformObjectToWorldNormal(input.normal);
                output.uv = input.uv;
                return output;
            }

            float4 Fragment(Between input) : SV_Target
            {
                float4 base = SAMPLE_TEXTURE2D(_BaseMap, sampler_BaseMap, input.uv) * _BaseColor;
                float4 face = SAMPLE_TEXTURE2D(_EchoFace, sampler_EchoFace, input.place.xy / max(input.place.w, 1e-4));
                return float4(lerp(base.rgb, face.rgb, face.a * EchoFaceShare(input.place, input.normal, _Edge)), 1.0);
            }
            ENDHLSL
        }
    }

    SubShader
    {
        PackageRequirements { "com.unity.render-pipelines.universal" }
        Tags { "RenderPipeline" = "UniversalPipeline" "RenderType" = "Opaque" "Queue" = "Geometry" }
        Pass
        {
            Name "UniversalForward"
            Tags { "LightMode" = "UniversalForward" }
            HLSLPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #pragma multi_compile_instancing
            #include "Packages/com.unity.render-pipelines.universal/ShaderLibrary/Core.hlsl"
            #include "EchoFaceProjection.hlsl"

            TEXTURE2D(_BaseMap);
            SAMPLER(sampler_BaseMap);
            TEXTURE2D(_EchoFace);
            SAMPLER(sampler_EchoFace);
            float4 _BaseColor;
            float _Edge;

            struct Input
            {
                float4 position : POSITION;
                float3 normal : NORMAL;
                float2 uv : TEXCOORD0;
                UNITY_VERTEX_INPUT_INSTANCE_ID
            };

            struct Between
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
                float4 place : TEXCOORD1;
                float3 normal : TEXCOORD2;
                UNITY_VERTEX_OUTPUT_STEREO
            };

            Between Vertex(Input input)
            {
                Between output;
                UNITY_SETUP_INSTANCE_ID(input);
                UNITY_INITIALIZE_VERTEX_OUTPUT_STEREO(output);
                float3 world = TransformObjectToWorld(input.position.xyz);
                output.position = TransformWorldToHClip(world);
                output.place = EchoFacePlace(world);
                output.normal = TransformObjectToWorldNormal(input.normal);
                output.uv = input.uv;
                return output;
            }

            half4 Fragment(Between input) : SV_Target
            {
                half4 base = SAMPLE_TEXTURE2D(_BaseMap, sampler_BaseMap, input.uv) * _BaseColor;
                half4 face = SAMPLE_TEXTURE2D(_EchoFace, sampler_EchoFace, input.place.xy / max(input.place.w, 1e-4));
                return half4(lerp(base.rgb, face.rgb, face.a * EchoFaceShare(input.place, input.normal, _Edge)), 1.0);
            }
            ENDHLSL
        }
    }

    // Built-in
    SubShader
    {
        Tags { "RenderType" = "Opaque" "Queue" = "Geometry" }
        Pass
        {
            CGPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #pragma multi_compile_instancing
            #include "UnityCG.cginc"
            #include "EchoFaceProjection.hlsl"

            sampler2D _BaseMap;
            sampler2D _EchoFace;
            float4 _BaseColor;
            float _Edge;

            struct Input
            {
                float4 position : POSITION;
                float3 normal : NORMAL;
                float2 uv : TEXCOORD0;
                UNITY_VERTEX_INPUT_INSTANCE_ID
            };

            struct Between
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
                float4 place : TEXCOORD1;
                float3 normal : TEXCOORD2;
                UNITY_VERTEX_OUTPUT_STEREO
            };

            Between Vertex(Input input)
            {
                Between output;
                UNITY_SETUP_INSTANCE_ID(input);
                UNITY_INITIALIZE_OUTPUT(Between, output);
                UNITY_INITIALIZE_VERTEX_OUTPUT_STEREO(output);
                output.position = UnityObjectToClipPos(input.position);
                output.place = EchoFacePlace(mul(unity_ObjectToWorld, input.position).xyz);
                output.normal = UnityObjectToWorldNormal(input.normal);
                output.uv = input.uv;
                return output;
            }

            fixed4 Fragment(Between input) : SV_Target
            {
                fixed4 base = tex2D(_BaseMap, input.uv) * _BaseColor;
                fixed4 face = tex2D(_EchoFace, input.place.xy / max(input.place.w, 1e-4));
                return fixed4(lerp(base.rgb, face.rgb, face.a * EchoFaceShare(input.place, input.normal, _Edge)), 1);
            }
            ENDCG
        }
    }
    FallBack Off
}
