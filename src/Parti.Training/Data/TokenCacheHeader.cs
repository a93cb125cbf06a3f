using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Parti.Training.Data;

/// <summary>What image tokens depend on; others are of no use.</summary>
/// <param name="Examples"><see cref="IExamples.Identity"/>.</param>
/// <param name="Weights">Digest of the image tokenizer's weights.</param>
/// <param name="Size">S, edge of the pictures in pixels, from 1.</param>
/// <param name="Keys"><see cref="IExamples.Distinct"/>, 1 to 2^39.</param>
/// <param name="Tokens">Tokens a picture, 1 to 1,048,576.</param>
/// <param name="Codes">Codes of the codebook, from 2; up to 65,536 a token takes two bytes, else four.</param>
public sealed record TokenCacheBinding(string Examples, string Weights, int Size, long Keys, int Tokens, int Codes)
{
    internal string Text => $"{Examples}; weights {Weights}; {Size} px; {Keys} keys; {Tokens} tokens of {Codes} codes";
}

/// <summary>The first bytes of a token cache: what it is and what its tokens depend on.</summary>
static class TokenCacheHeader
{
    /// <summary>Bytes of the header.</summary>
    internal const int Bytes = 4096;

    const int TextAt = 44;

    /// <summary>Why a file is not the cache that a header stands for; null where it is.</summary>
    /// <param name="file">File.</param>
    /// <param name="wanted">Header.</param>
    /// <param name="isOther">Whether it is a cache all the same.</param>
    internal static string? Refusal(string file, byte[] wanted, out bool isOther)
    {
        byte[] header = new byte[Bytes];
        using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        isOther = false;
        if (!FileBytes.Fill(handle, header, 0) || !header.AsSpan(0, 8).SequenceEqual(wanted.AsSpan(0, 8)))
        {
            return $"{file}: is no token cache; name another file.";
        }
        isOther = true;
        int length = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(40)), 0, Bytes - TextAt);
        return header.AsSpan().SequenceEqual(wanted)
            ? null
            : $"{file}: holds image tokens of \"{Encoding.UTF8.GetString(header.AsSpan(TextAt, length))}\"; delete it, or name another file.";
    }

    /// <summary>The header of a binding's cache.</summary>
    internal static byte[] Of(TokenCacheBinding binding)
    {
        byte[] header = new byte[Bytes], text = Encoding.UTF8.GetBytes(binding.Text);
        "PARTITOK"u8.CopyTo(header);
        SHA256.HashData(text, header.AsSpan(8));
        int length = Math.Min(text.Length, Bytes - TextAt);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), length);
        text.AsSpan(0, length).CopyTo(header.AsSpan(TextAt));
        return header;
    }
}
