using System.Security.Cryptography;
using System.Text;
using Parti.Models.ImageTokenizer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>Digests of weights.</summary>
static class WeightDigest
{
    /// <summary>SHA-256, in lower-case hexadecimal digits, of everything the image tokens of a picture depend on.</summary>
    public static string OfEncoder(VitVqGan tokenizer)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Parameter value) in tokenizer.named_parameters().Where(p => !VitVqGan.BelongsToDecoder(p.name)).OrderBy(p => p.name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join(' ', value.shape)}\n"));
            hash.AppendData(value.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
