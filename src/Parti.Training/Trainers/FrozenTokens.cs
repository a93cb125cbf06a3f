using Parti.Models.ImageTokenizer;
using Parti.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Image tokens of examples by the frozen ViT-VQGAN (Parti §2.1), from disk where they are known.</summary>
/// <param name="tokenizer">Image tokenizer; stays the caller's.</param>
/// <param name="cache">Image tokens kept on disk; null for none. Stays the caller's.</param>
sealed class FrozenTokens(VitVqGan tokenizer, TokenCache? cache)
{
    // Pictures are encoded in groups of one shape, so that a picture's tokens do not depend on which of its neighbours were known.
    const int Group = 8;

    /// <summary>Where the tokens are.</summary>
    public Device Device => tokenizer.Codebook.device;

    int TokensPerPicture => (tokenizer.Architecture.ImageSize / tokenizer.Architecture.PatchSize) * (tokenizer.Architecture.ImageSize / tokenizer.Architecture.PatchSize);

    /// <summary>Image tokens of a key, null where they are not known yet.</summary>
    public int[]? Known(long key)
    {
        int[] tokens = new int[TokensPerPicture];
        return cache is not null && cache.TryRead(key, tokens) ? tokens : null;
    }

    /// <summary>Image tokens of a batch <c>[B, N]</c>, int64; those that were not known are kept.</summary>
    public Tensor Of(TransformerBatch batch)
    {
        int[][] tokens = new int[batch.Tokens.Length][];
        int[] unknown = [.. Enumerable.Range(0, tokens.Length).Where(i => batch.Tokens[i] is null)];
        foreach (int[] group in unknown.Chunk(Group))
        {
            int[][] encoded = Encode([.. group.Select(i => batch.Pixels[i]!)]);
            for (int i = 0; i < group.Length; i++)
            {
                tokens[group[i]] = encoded[i];
                cache?.Write(batch.Keys[group[i]], encoded[i]);
            }
        }
        long[] all = [.. tokens.SelectMany((row, i) => row ?? batch.Tokens[i]!).Select(id => (long)id)];
        return tensor(all, [tokens.Length, TokensPerPicture], device: Device);
    }

    int[][] Encode(byte[][] pictures)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        byte[][] padded = [.. pictures, .. Enumerable.Repeat(pictures[^1], Group - pictures.Length)];
        Tensor tokens = tokenizer.Encode(PictureBatch.Pixels(padded, tokenizer.Architecture.ImageSize, Device));
        long[] ids = tokens.cpu().data<long>().ToArray();
        return [.. ids.Chunk(TokensPerPicture).Take(pictures.Length).Select(row => Array.ConvertAll(row, id => (int)id))];
    }
}
