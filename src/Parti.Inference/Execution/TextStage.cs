using System.Runtime.InteropServices;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>One text's states.</summary>
/// <param name="States">Encoder states <c>[T, D]</c>, row-major.</param>
/// <param name="Tokens">T, at least 1: the end of the sequence is a token.</param>
/// <param name="Dropped">Text tokens cut off.</param>
readonly record struct TextStates(float[] States, int Tokens, int Dropped);

/// <summary>Runs the text encoder, one text at a time at one padded shape, so that a text's states depend on nothing but the text.</summary>
sealed class TextStage(ITextTokenizer tokenizer, IModelNetworks networks)
{
    /// <summary>Encodes a text.</summary>
    /// <param name="text">May be empty.</param>
    public TextStates Encode(string text) => Encode(Tokens(text));

    /// <summary>Encodes a prompt.</summary>
    /// <param name="text">May be empty.</param>
    /// <returns>Its states, and those of no prompt beside it where they are not the empty text's.</returns>
    public (TextStates Prompt, TextStates? Unconditional) EncodePrompt(string text)
    {
        TextTokens tokens = Tokens(text);
        return (Encode(tokens), Unconditional(tokens));
    }

    /// <summary>Where the words of a prompt are among its tokens; null where tokens do not belong to words.</summary>
    /// <param name="text">The prompt.</param>
    public IReadOnlyList<TextWord>? Words(string text) => tokenizer.Words(text, networks.MaxTextTokens);

    TextTokens Tokens(string text)
    {
        try
        {
            return tokenizer.Encode(text, networks.MaxTextTokens);
        }
        catch (PromptException error)
        {
            throw new EngineRequestException("invalid_prompt", error.Message, error);
        }
    }

    TextStates? Unconditional(TextTokens prompt)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (networks.UnconditionalText(prompt.Ids.Length) is { } states)
        {
            return new TextStates(Values(states).ToArray(), (int)states.shape[1], 0);
        }
        return tokenizer.Unconditional(prompt) is { } tokens ? Encode(tokens) : null;
    }

    TextStates Encode(TextTokens tokens)
    {
        int length = networks.MaxTextTokens;
        long[] ids = new long[length];
        bool[] mask = new bool[length];
        Array.Fill(ids, tokenizer.PadId);
        for (int i = 0; i < tokens.Ids.Length; i++)
        {
            (ids[i], mask[i]) = (tokens.Ids[i], true);
        }
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor states = networks.EncodeText(
            torch.tensor(ids, [1, length], device: networks.Device), torch.tensor(mask, [1, length], device: networks.Device));
        return new TextStates(Values(states)[..(tokens.Ids.Length * networks.TextWidth)].ToArray(), tokens.Ids.Length, tokens.Dropped);
    }

    static ReadOnlySpan<float> Values(torch.Tensor states) => MemoryMarshal.Cast<byte, float>(states.to(torch.ScalarType.Float32).cpu().contiguous().bytes);
}
