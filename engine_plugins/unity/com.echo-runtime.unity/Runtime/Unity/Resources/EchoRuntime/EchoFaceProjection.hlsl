// Where a point of the head is in the NPC's picture, and how much of the picture it shows. Included by all pipelines.
#ifndef ECHO_FACE_PROJECTION_INCLUDED
#define ECHO_FACE_PROJECTION_INCLUDED

// world position → (u·w, v·w, depth, w)
float4x4 _EchoFaceMatrix;
// out of the face, in the world
float4 _EchoFaceAxis;

float4 EchoFacePlace(float3 positionWorld)
{
    return mul(_EchoFaceMatrix, float4(positionWorld, 1.0));
}

// 0 behind the camera, beyond the picture and on what looks away from it; fades over its edge
float EchoFaceShare(float4 place, float3 normalWorld, float edge)
{
    float2 uv = place.xy / max(place.w, 1e-4);
    float2 inside = smoothstep(0.0, edge, uv) * smoothstep(0.0, edge, 1.0 - uv);
    float facing = smoothstep(0.0, 0.35, dot(normalize(normalWorld), normalize(_EchoFaceAxis.xyz)));
    return place.w > 0.0 ? inside.x * inside.y * facing : 0.0;
}

#endif
