namespace Parti.Training.Scenes;

/// <summary>The form of an object. Every shape fills its square bounding box from edge to edge.</summary>
public enum Shape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>An axis-aligned square.</summary>
    Square,

    /// <summary>An isosceles triangle, apex up.</summary>
    Triangle,

    /// <summary>A five-pointed star, one point up.</summary>
    Star,

    /// <summary>A plus whose arms are a third of the box wide.</summary>
    Cross,

    /// <summary>A heart, point down.</summary>
    Heart,

    /// <summary>A square that stands on a corner.</summary>
    Diamond,
}

/// <summary>The colour of an object; the exact values are in <see cref="SceneVocabulary"/>.</summary>
public enum ObjectColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>The size class of an object.</summary>
public enum ObjectSize
{
    /// <summary>Two cells, radius 8.</summary>
    Small,

    /// <summary>Three cells, radius 12.</summary>
    Medium,

    /// <summary>Four cells, radius 16.</summary>
    Large,
}

/// <summary>The flat colour behind the objects.</summary>
public enum Background
{
    /// <summary>White.</summary>
    White,

    /// <summary>Gray.</summary>
    Gray,

    /// <summary>Light blue.</summary>
    LightBlue,

    /// <summary>Beige.</summary>
    Beige,
}

/// <summary>Where the first object of a spec is, seen from the second.</summary>
public enum Relation
{
    /// <summary>The first object is left of the second.</summary>
    LeftOf,

    /// <summary>The first object is right of the second.</summary>
    RightOf,

    /// <summary>The first object is above the second.</summary>
    Above,

    /// <summary>The first object is below the second.</summary>
    Below,
}

/// <summary>The kind of a scene; scores are reported per category.</summary>
public enum SceneCategory
{
    /// <summary>One object.</summary>
    Single,

    /// <summary>Two to four objects of one shape and one colour.</summary>
    Counts,

    /// <summary>Two objects that differ in shape and colour, and where one is from the other.</summary>
    Relation,
}

/// <summary>Which part of the distribution a generator draws from. Streams of different splits are independent.</summary>
public enum SceneSplit
{
    /// <summary>Training: without held-out colour-shape pairs and held-out counts of a shape.</summary>
    Train,

    /// <summary>The distribution of <see cref="Train"/> on a stream of its own.</summary>
    Test,

    /// <summary>Single objects and relations with at least one colour-shape pair that training never shows.</summary>
    HeldOutPairs,

    /// <summary>Counts of a shape that training never shows.</summary>
    HeldOutCounts,

    /// <summary>Relations with captions of more words than any in training.</summary>
    LongCaptions,
}
