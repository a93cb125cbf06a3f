using System.Diagnostics.CodeAnalysis;

namespace Parti.Training.Scenes;

/// <summary>
/// Reads a caption back to what it states, so that a typed prompt inside the grammar can be scored. Case, extra blanks, commas and a
/// final full stop do not matter. The grammar (brackets: optional):
/// <code>
/// caption    = [background] [lead] (item | items | relation) [background]
/// item       = ("a" | "an" | "one") [size] color shape | ("a" | "an" | "one") [size] shape "that is" color
/// items      = ["a group of"] number color shapes | ["a group of"] number shapes "that are" color
/// relation   = item ["is"] of item | item "with" item its | of item "there is" item
/// background = ("on" | "with" | "against") "a" name "background"
/// lead       = "there is" | "there are" | "a picture of" | "an image of" | "there is a picture of"
/// </code>
/// </summary>
public static class SceneParser
{
    /// <summary>Longest text that is looked at, in characters.</summary>
    public const int MaxLength = 400;

    /// <summary>Reads a prompt.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="spec">What it states, when the result is true.</param>
    /// <param name="error">One line that says where the prompt leaves the grammar, when the result is false.</param>
    /// <returns>Whether the text is inside the grammar.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out SceneSpec? spec, [NotNullWhen(false)] out string? error)
    {
        spec = null;
        error = null;
        if (text.Length > MaxLength)
        {
            error = $"the prompt has {text.Length} characters; a scene prompt has at most {MaxLength}";
            return false;
        }

        try
        {
            spec = Caption(new SceneWordReader(text));
            return true;
        }
        catch (SceneGrammarException problem)
        {
            error = problem.Message;
            return false;
        }
    }

    private static SceneSpec Caption(SceneWordReader words)
    {
        Background? leading = words.TryBackground();
        _ = words.TryWords("there is a picture of") || words.TryWords("there is") || words.TryWords("there are")
            || words.TryWords("a picture of") || words.TryWords("an image of");
        SceneSpec spec = words.TryRelation(its: false) is { } relation ? Inverted(words, relation) : Direct(words);
        Background? trailing = words.TryBackground();
        if (leading is not null && trailing is not null)
        {
            throw new SceneGrammarException("the background is stated twice");
        }

        words.ExpectEnd();
        return spec with { Background = leading ?? trailing };
    }

    private static SceneSpec Inverted(SceneWordReader words, Relation relation)
    {
        SpecObject second = Item(words);
        words.Expect("there is");
        return Pair(Item(words), relation, second);
    }

    private static SceneSpec Direct(SceneWordReader words)
    {
        bool group = words.TryWords("a group of");
        if (words.TryCount() is { } count)
        {
            return new SceneSpec(SceneCategory.Counts, Items(words), count);
        }

        if (group)
        {
            throw words.Unexpected($"a number from {SceneVocabulary.MinCount} to {SceneVocabulary.MaxCount}");
        }

        SpecObject first = Item(words);
        if (words.AtBackground)
        {
            return new SceneSpec(SceneCategory.Single, first, 1);
        }

        if (words.TryWords("with"))
        {
            SpecObject other = Item(words);
            Relation its = words.TryRelation(its: true) ?? throw words.Unexpected("a place such as 'to its left' or 'above it'");
            return Pair(other, its, first);
        }

        bool verb = words.TryWords("is");
        if (words.TryRelation(its: false) is { } relation)
        {
            return Pair(first, relation, Item(words));
        }

        return verb
            ? throw words.Unexpected("a relation such as 'to the left of' or 'above'")
            : new SceneSpec(SceneCategory.Single, first, 1);
    }

    private static SceneSpec Pair(SpecObject first, Relation relation, SpecObject second) =>
        new(SceneCategory.Relation, first, 2, second, relation);

    private static SpecObject Item(SceneWordReader words)
    {
        if (!(words.TryWords("a") || words.TryWords("an") || words.TryWords("one") || words.TryWords("1")))
        {
            throw words.Unexpected("an object such as 'a red circle'");
        }

        ObjectSize? size = words.TrySize();
        if (words.TryColor() is { } color)
        {
            return new SpecObject(words.ExpectShape(plural: false), color, size);
        }

        Shape shape = words.TryShape(plural: false) ?? throw words.Unexpected(SceneWordReader.ColorChoice);
        words.Expect("that is", "'that is' and a color");
        return new SpecObject(shape, words.ExpectColor(), size);
    }

    private static SpecObject Items(SceneWordReader words)
    {
        if (words.TryColor() is { } color)
        {
            return new SpecObject(words.ExpectShape(plural: true), color);
        }

        Shape shape = words.TryShape(plural: true) ?? throw words.Unexpected(SceneWordReader.ColorChoice);
        words.Expect("that are", "'that are' and a color");
        return new SpecObject(shape, words.ExpectColor());
    }
}
